package licenses

import (
	"cmp"
	"context"

	"github.com/google/uuid"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// CreateEdition makes an edition of a product. One without an id gets a new one; it is Named and for devices unless said
// otherwise.
func (l *Licenses) CreateEdition(ctx context.Context, wanted EditionChange) (Edition, error) {
	product, err := l.productObject(ctx, wanted.ProductID)
	if err != nil {
		return Edition{}, err
	}
	spec := v1alpha1.EditionSpec{ProvisioningMode: v1alpha1.ProvisioningNamed, ClientType: v1alpha1.ClientDevices}
	if wanted.ProvisioningMode != nil {
		spec.ProvisioningMode = *wanted.ProvisioningMode
	}
	if wanted.ClientType != nil {
		spec.ClientType = *wanted.ClientType
	}
	return l.createEdition(ctx, wanted, spec, product)
}

// CloneEdition makes an edition like another one, but for what is said.
func (l *Licenses) CloneEdition(ctx context.Context, id string, wanted EditionChange) (Edition, error) {
	original, product, err := l.declared(ctx, id)
	if err != nil {
		return Edition{}, err
	}
	if err := wanted.mustStay(original, product); err != nil {
		return Edition{}, err
	}
	spec := original.Spec.DeepCopy()
	if wanted.ID == id { // who sends back what was shown means the original by it
		wanted.ID = ""
	}
	if wanted.Name == nil {
		wanted.Name = new(declaration.Shorten(original.Spec.DisplayName, maxEditionName-len(copySuffix)) + copySuffix)
	}
	return l.createEdition(ctx, wanted, *spec, product)
}

const (
	// maxEditionName is that of the kind.
	maxEditionName = 256
	copySuffix     = " (copy)"
)

func (l *Licenses) createEdition(ctx context.Context, wanted EditionChange, spec v1alpha1.EditionSpec, product *v1alpha1.Product) (Edition, error) {
	if spec.EditionID = wanted.ID; wanted.ID == "" {
		spec.EditionID = uuid.NewString()
	}
	spec.ProductRef = v1alpha1.ProductReference{Name: product.Name}
	if err := wanted.onto(&spec, product); err != nil {
		return Edition{}, err
	}
	if known, _, err := l.findEdition(ctx, spec.EditionID); err != nil || known != nil {
		return Edition{}, cmp.Or(err, editionExists(spec.EditionID))
	}
	object := &v1alpha1.Edition{ObjectMeta: l.metadata(declaration.NameLike(spec.DisplayName, "edition", spec.EditionID)), Spec: spec}
	err := declaration.Create(ctx, l.Live, object)
	if apierrors.IsAlreadyExists(err) {
		return Edition{}, editionExists(spec.EditionID)
	}
	if err != nil {
		return Edition{}, l.failed(err, editionFields)
	}
	return declaredEdition(object, product), nil
}

func editionExists(id string) error {
	return errorf(PropertyFixed, "id: there is a template %s already: change that one", id)
}

// UpdateEdition changes an edition, and with it all licenses made from it.
func (l *Licenses) UpdateEdition(ctx context.Context, id string, wanted EditionChange) (Edition, error) {
	var changed Edition
	err := l.again(ctx, editionFields, func() error {
		object, product, err := l.declared(ctx, id)
		if err != nil {
			return err
		}
		if wanted.ID != "" && wanted.ID != id {
			return invalid("$.id: %s is not the template of the path, %s", wanted.ID, id)
		}
		if err := wanted.mustStay(object, product); err != nil {
			return err
		}
		next := object.DeepCopy()
		if err := wanted.onto(&next.Spec, product); err != nil {
			return err
		}
		differs, err := declaration.Differs(object, next)
		if err != nil {
			return err
		}
		if differs {
			l.modify(next)
			if err := declaration.Redeclare(ctx, l.Live, object, next); err != nil {
				return err
			}
		}
		changed = declaredEdition(object, product)
		return nil
	})
	return changed, err
}

// mustStay refuses to change what an edition is.
func (c EditionChange) mustStay(object *v1alpha1.Edition, product *v1alpha1.Product) error {
	switch id := kubestore.ProductID(product); {
	case c.ProductID != "" && c.ProductID != id:
		return errorf(PropertyFixed, "product_id: the template is of product %s and stays so", id)
	case c.ProvisioningMode != nil && *c.ProvisioningMode != object.Spec.ProvisioningMode:
		return errorf(PropertyFixed, "provisioning_mode: the template is %s and stays so", object.Spec.ProvisioningMode)
	case c.ClientType != nil && *c.ClientType != object.Spec.ClientType:
		return errorf(PropertyFixed, "client_type: the template is for %s and stays so", object.Spec.ClientType)
	}
	return nil
}

// DeleteEdition deletes an edition that no license is made from, and gives it as it was.
func (l *Licenses) DeleteEdition(ctx context.Context, id string) (Edition, error) {
	var was Edition
	err := l.again(ctx, editionFields, func() error {
		object, product, err := l.declared(ctx, id)
		if err != nil {
			return err
		}
		if err := mayTakeAway("template "+id, object); err != nil {
			return err
		}
		var list v1alpha1.LineItemList
		if err := l.Live.List(ctx, &list, client.InNamespace(l.namespace)); err != nil {
			return err
		}
		for _, lineItem := range list.Items {
			if ref := lineItem.Spec.EditionRef; ref != nil && ref.Name == object.Name {
				return errorf(EditionNotPossible, "template %s cannot be deleted: license %s is made from it", id, kubestore.LicenseID(&lineItem))
			}
		}
		was = declaredEdition(object, product)
		preconditions := client.Preconditions{UID: &object.UID, ResourceVersion: &object.ResourceVersion}
		return declaration.Changed(l.Live.Delete(ctx, object, preconditions))
	})
	return was, err
}
