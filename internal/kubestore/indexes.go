package kubestore

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	// IndexLineItem finds named users and activations by the name of their line item.
	IndexLineItem = "spec.lineItemRef.name"
	// IndexInstanceID and IndexSessionID find Instances and sessions by the ids by which REST clients know them.
	IndexInstanceID = "instanceID"
	IndexSessionID  = "sessionID"
	// IndexKey finds access keys by AccessKeyName.
	IndexKey = "key"
	// IndexAPIKey finds API keys by APIKeyName.
	IndexAPIKey = "apiKey"
	// IndexVendorID finds tenant configurations by the id that they want, IndexUID namespaces by theirs.
	IndexVendorID = "vendorID"
	IndexUID      = "uid"
)

// index finds objects of one kind by values that are made from them.
type index struct {
	object client.Object
	field  string
	values func(client.Object) []string
}

// by makes an index of one value. Objects without it are not in the index.
func by[T client.Object](object T, field string, value func(T) string) index {
	return byAll(object, field, func(o T) []string {
		if text := value(o); text != "" {
			return []string{text}
		}
		return nil
	})
}

// byAll makes an index of several values.
func byAll[T client.Object](object T, field string, values func(T) []string) index {
	return index{object, field, func(o client.Object) []string {
		typed, ok := o.(T)
		if !ok {
			return nil
		}
		return values(typed)
	}}
}

// SetupIndexes adds the indexes to the informers.
func SetupIndexes(ctx context.Context, indexer client.FieldIndexer) error {
	indexes := append([]index{
		by(&v1alpha1.LineItem{}, IndexInstance, func(l *v1alpha1.LineItem) string { return l.Spec.InstanceRef.Name }),
		by(&v1alpha1.LineItem{}, IndexActivationID, ActivationID),
		by(&v1alpha1.Session{}, IndexAccount, func(s *v1alpha1.Session) string { return AccountOfSession(s).String() }),
		by(&v1alpha1.Session{}, IndexSessionID, SessionID),
		by(&v1alpha1.Instance{}, IndexInstanceID, InstanceID),
		by(&v1alpha1.AccessKey{}, IndexKey, func(k *v1alpha1.AccessKey) string { return AccessKeyName(k.Spec) }),
		by(&v1alpha1.APIKey{}, IndexAPIKey, func(k *v1alpha1.APIKey) string { return APIKeyName(k.Spec.Type, k.Spec.Digest) }),
		by(&v1alpha1.TenantConfiguration{}, IndexVendorID, func(c *v1alpha1.TenantConfiguration) string { return c.Spec.VendorID }),
		by(namespaceName(), IndexUID, func(n *metav1.PartialObjectMetadata) string { return string(n.UID) }),
	}, licenseIndexes()...)
	for _, index := range indexes {
		if err := indexer.IndexField(ctx, index.object, index.field, index.values); err != nil {
			return fmt.Errorf("index %T by %s: %w", index.object, index.field, err)
		}
	}
	return nil
}
