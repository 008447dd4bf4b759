package tenant

import (
	"cmp"
	"context"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// LineItems lists those of an instance, in the order in which they are charged.
func (t *Tenant) LineItems(ctx context.Context, instanceID string) ([]LineItem, error) {
	instance, err := t.findInstance(ctx, instanceID)
	if err != nil {
		return nil, err
	}
	objects, err := t.lineItemsOf(ctx, instance.Name)
	if err != nil {
		return nil, err
	}
	books, err := t.books(ctx, instance.Name)
	if err != nil {
		return nil, err
	}
	lineItems := make([]LineItem, len(objects))
	for i, object := range objects {
		lineItems[i] = lineItemOf(object, instanceID, books)
	}
	slices.SortFunc(lineItems, func(a, b LineItem) int {
		return cmp.Or(a.End.Compare(b.End), a.Start.Compare(b.Start), cmp.Compare(a.ActivationID, b.ActivationID))
	})
	return lineItems, nil
}

// LineItem is the one of an instance with the activation id.
func (t *Tenant) LineItem(ctx context.Context, instanceID, activationID string) (LineItem, error) {
	instance, object, err := t.findLineItem(ctx, instanceID, activationID)
	if err != nil {
		return LineItem{}, err
	}
	books, err := t.books(ctx, instance.Name)
	if err != nil {
		return LineItem{}, err
	}
	return lineItemOf(object, instanceID, books), nil
}

// DeleteLineItem deletes it, in any state. What sessions were charged on it stays in the account, and refunds still go
// there.
func (t *Tenant) DeleteLineItem(ctx context.Context, instanceID, activationID string) error {
	return t.again(ctx, nil, func() error {
		_, object, err := t.findLineItem(ctx, instanceID, activationID)
		if err != nil {
			return err
		}
		if err := mustBeOurs("line item "+activationID, object); err != nil {
			return err
		}
		err = t.Live.Delete(ctx, object, client.Preconditions{UID: &object.UID, ResourceVersion: &object.ResourceVersion})
		return client.IgnoreNotFound(err)
	})
}

// findLineItem is the line item that stands for the activation id. One of another instance is not found.
func (t *Tenant) findLineItem(ctx context.Context, instanceID, activationID string) (*v1alpha1.Instance, *v1alpha1.LineItem, error) {
	instance, err := t.findInstance(ctx, instanceID)
	if err != nil {
		return nil, nil, err
	}
	object, err := t.standingLineItem(ctx, instance.Name, activationID)
	if err != nil {
		return nil, nil, t.failed(err, nil)
	}
	if object == nil || object.Spec.InstanceRef.Name != instance.Name {
		return nil, nil, refuse(LineItemNotFound, "instance %s has no line item %.128q", instanceID, activationID)
	}
	return instance, object, nil
}

// standingLineItem is the oldest line item of the tenant with the activation id, read live; nil when there is none. One
// whose id is its UID and that no informer shows yet is found in the given instance only.
func (t *Tenant) standingLineItem(ctx context.Context, instance, activationID string) (*v1alpha1.LineItem, error) {
	var given, known v1alpha1.LineItemList
	err := t.Live.List(ctx, &given, client.InNamespace(t.namespace), client.MatchingFields{"spec.activationID": activationID})
	if err != nil {
		return nil, err
	}
	claimants := pointers(given.Items)
	err = t.Cached.List(ctx, &known, client.InNamespace(t.namespace), client.MatchingFields{kubestore.IndexActivationID: activationID})
	if err != nil {
		return nil, err
	}
	for i := range known.Items {
		if known.Items[i].Spec.ActivationID != "" {
			continue
		}
		var object v1alpha1.LineItem
		err := t.Live.Get(ctx, client.ObjectKeyFromObject(&known.Items[i]), &object)
		if client.IgnoreNotFound(err) != nil {
			return nil, err
		}
		if err == nil && kubestore.ActivationID(&object) == activationID {
			claimants = append(claimants, &object)
		}
	}
	if len(claimants) == 0 {
		var all v1alpha1.LineItemList
		if err := t.listOf(ctx, instance, &all); err != nil {
			return nil, err
		}
		for _, object := range pointers(all.Items) {
			if kubestore.ActivationID(object) == activationID {
				claimants = append(claimants, object)
			}
		}
	}
	if len(claimants) == 0 {
		return nil, nil
	}
	return inOrder(claimants)[0], nil
}

// lineItemsOf are those of an instance that stand for their activation id, oldest first.
func (t *Tenant) lineItemsOf(ctx context.Context, instance string) ([]*v1alpha1.LineItem, error) {
	var list v1alpha1.LineItemList
	if err := t.listOf(ctx, instance, &list); err != nil {
		return nil, t.failed(err, nil)
	}
	var standing []*v1alpha1.LineItem
	for _, object := range pointers(list.Items) {
		oldest, err := t.Store.Standing(ctx, object)
		if err != nil {
			return nil, t.failed(err, nil)
		}
		if oldest.UID == object.UID {
			standing = append(standing, object)
		}
	}
	return inOrder(standing), nil
}

// listOf lists live what belongs to an instance of that name.
func (t *Tenant) listOf(ctx context.Context, instance string, list client.ObjectList) error {
	return t.Live.List(ctx, list, client.InNamespace(t.namespace), client.MatchingFields{kubestore.IndexInstance: instance})
}

func lineItemOf(object *v1alpha1.LineItem, instanceID string, books licensing.Books) LineItem {
	spec, id := object.Spec, kubestore.ActivationID(object)
	return LineItem{
		ActivationID: id, InstanceID: instanceID, State: licensing.LineItemState(spec.State), Quantity: spec.Quantity,
		Start: spec.Start.Time, End: spec.End.Time, Used: books.Usage[id],
		Elastic: spec.Elastic != nil && *spec.Elastic, RateTableSeries: spec.RateTableSeries,
		Overdraft: licensing.OverdraftType(spec.Overdraft.Type), OverdraftLimit: spec.Overdraft.Limit,
	}
}
