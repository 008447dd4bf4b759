package licenses

import (
	"context"
	"errors"

	"github.com/google/uuid"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// CreateLicense makes a license of an edition for a customer.
func (l *Licenses) CreateLicense(ctx context.Context, wanted LicenseChange) (License, error) {
	if err := l.knownProduct(ctx, wanted.ProductID); err != nil {
		return License{}, err
	}
	edition, product, err := l.edition(ctx, wanted.EditionID)
	if err != nil {
		return License{}, err
	}
	if id := kubestore.ProductID(product); id != wanted.ProductID {
		return License{}, errorf(EditionNotPossible, "template_id: template %s is of product %s, not of product %s", wanted.EditionID, id, wanted.ProductID)
	}
	instance, err := l.customer(ctx, wanted.CustomerID)
	if err != nil {
		return License{}, err
	}
	object, err := l.newLicense(wanted, instance, edition, product)
	if err != nil {
		return License{}, err
	}
	if wanted.ID != "" {
		if known, err := l.lineItem(ctx, wanted.ID); known != nil || err != nil {
			return License{}, errors.Join(licenseExists(wanted.ID, known), l.failed(err, nil))
		}
	}
	err = declaration.Create(ctx, l.Live, object)
	if apierrors.IsAlreadyExists(err) {
		return License{}, licenseExists(wanted.ID, object)
	}
	if err != nil {
		return License{}, l.failed(err, licenseFields)
	}
	created, err := l.read(ctx, object)
	if err != nil {
		return License{}, err
	}
	return l.show(ctx, created, nil)
}

func licenseExists(id string, known *v1alpha1.LineItem) error {
	if known == nil {
		return nil
	}
	return errorf(PropertyFixed, "id: there is a license %s already: change that one", id)
}

func (l *Licenses) newLicense(wanted LicenseChange, instance *v1alpha1.Instance, edition *v1alpha1.Edition, product *v1alpha1.Product) (*v1alpha1.LineItem, error) {
	id := wanted.ID
	if id == "" {
		id = uuid.NewString()
	}
	readable := "license"
	if wanted.Name.Value != nil {
		readable = *wanted.Name.Value
	}
	object := &v1alpha1.LineItem{
		ObjectMeta: l.metadata(declaration.NameLike(readable, "license", id)),
		Spec: v1alpha1.LineItemSpec{
			InstanceRef: v1alpha1.LocalInstanceReference{Name: instance.Name}, LicenseID: id,
			EditionRef: &v1alpha1.EditionReference{Name: edition.Name}, State: v1alpha1.LineItemDeployed, Elastic: new(false),
			Start: v1alpha1.NewTime(l.Clock.Now().UTC()), End: v1alpha1.NewTime(never),
		},
	}
	terms, err := kubestore.Terms(object, edition, product)
	if err != nil {
		return nil, &Error{ID: EditionNotPossible, Message: err.Error(), cause: err}
	}
	return object, wanted.onto(&object.Spec, terms, edition)
}

// customer is the Instance to which new licenses of the customer belong: the default one of the account.
func (l *Licenses) customer(ctx context.Context, id string) (*v1alpha1.Instance, error) {
	instances, err := l.instancesThat(ctx, func(instance *v1alpha1.Instance) bool { return kubestore.CustomerID(instance) == id })
	if err != nil {
		return nil, err
	}
	for _, instance := range instances {
		if kubestore.IsDefault(instance, instances) {
			return instance, nil
		}
	}
	if len(instances) > 0 {
		return instances[0], nil
	}
	return nil, errorf(CustomerUnknown, "customer_id: there is no customer %.64s", id)
}
