package kubestore

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// The indexes of the informers. Those on spec fields are selectable fields of the API too.
const (
	// IndexInstance finds line items by the name of their Instance.
	IndexInstance = "spec.instanceRef.name"
	// IndexActivationID finds line items by their effective activation id.
	IndexActivationID = "activationID"
	// IndexAccount finds sessions by "namespace/name" of their Instance.
	IndexAccount = "account"
	// IndexLineItem finds named users by the name of their line item.
	IndexLineItem = "spec.lineItemRef.name"
	// IndexInstanceID and IndexSessionID find Instances and sessions by the ids by which REST clients know them.
	IndexInstanceID = "instanceID"
	IndexSessionID  = "sessionID"
	// IndexKey finds access keys by AccessKeyName.
	IndexKey = "key"
)

// SetupIndexes adds the indexes to the informers.
func SetupIndexes(ctx context.Context, indexer client.FieldIndexer) error {
	indexes := []struct {
		object client.Object
		field  string
		value  func(client.Object) string
	}{
		{&v1alpha1.LineItem{}, IndexInstance, func(o client.Object) string { return o.(*v1alpha1.LineItem).Spec.InstanceRef.Name }},
		{&v1alpha1.LineItem{}, IndexActivationID, func(o client.Object) string { return ActivationID(o.(*v1alpha1.LineItem)) }},
		{&v1alpha1.Session{}, IndexAccount, func(o client.Object) string { return AccountOfSession(o.(*v1alpha1.Session)).String() }},
		{&v1alpha1.Session{}, IndexSessionID, func(o client.Object) string { return SessionID(o.(*v1alpha1.Session)) }},
		{&v1alpha1.Instance{}, IndexInstanceID, func(o client.Object) string { return InstanceID(o.(*v1alpha1.Instance)) }},
		{&v1alpha1.UserProvisioning{}, IndexLineItem, func(o client.Object) string { return o.(*v1alpha1.UserProvisioning).Spec.LineItemRef.Name }},
		{&v1alpha1.AccessKey{}, IndexKey, func(o client.Object) string { return AccessKeyName(o.(*v1alpha1.AccessKey).Spec) }},
	}
	for _, index := range indexes {
		err := indexer.IndexField(ctx, index.object, index.field, func(o client.Object) []string { return []string{index.value(o)} })
		if err != nil {
			return fmt.Errorf("index %T by %s: %w", index.object, index.field, err)
		}
	}
	return nil
}
