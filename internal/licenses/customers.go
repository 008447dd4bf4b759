package licenses

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// instancesOf are those of a customer, who is known by the account id, oldest first: from the informers, and live where
// they show none.
func (l *Licenses) instancesOf(ctx context.Context, customerNumber string) ([]*v1alpha1.Instance, error) {
	return l.instancesThat(ctx, func(instance *v1alpha1.Instance) bool { return instance.Spec.AccountID == customerNumber })
}

func (l *Licenses) instancesThat(ctx context.Context, belong func(*v1alpha1.Instance) bool) ([]*v1alpha1.Instance, error) {
	for _, reader := range []client.Reader{l.Cached, l.Live} {
		var list v1alpha1.InstanceList
		if err := reader.List(ctx, &list, client.InNamespace(l.namespace)); err != nil {
			return nil, l.failed(err, nil)
		}
		var found []*v1alpha1.Instance
		for _, instance := range inOrder(pointers(list.Items)) {
			if belong(instance) {
				found = append(found, instance)
			}
		}
		if len(found) > 0 {
			return found, nil
		}
	}
	return nil, nil
}

func customerOf(instance *v1alpha1.Instance) Customer {
	if instance == nil {
		return Customer{}
	}
	return Customer{ID: kubestore.CustomerID(instance), Number: instance.Spec.AccountID, Audit: auditOf(instance)}
}
