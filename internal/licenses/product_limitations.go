package licenses

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// ProductLimitation is a limited feature of a product.
type ProductLimitation struct {
	ID, ProductID, Name, Description string
	Audit
}

// ProductLimitationChange is what a call says of a limitation. What it does not say stays as it is.
type ProductLimitationChange struct {
	// ID and ProductID are empty where nothing is said.
	ID, ProductID string
	Name          *string
	Description   Setting[string]
}

var productFields = declaration.Fields{"limitations": ""}

// maxLimitations is that of the kind.
const maxLimitations = 64

// ProductLimitations lists those of a product. One that is only a name has none.
func (l *Licenses) ProductLimitations(ctx context.Context, productID string) ([]ProductLimitation, error) {
	product, err := l.liveProduct(ctx, productID)
	if err != nil {
		return nil, l.failed(err, nil)
	}
	if product == nil {
		if err := l.knownProduct(ctx, productID); err != nil {
			return nil, notFound("there is no product %.64s", productID)
		}
		return nil, nil
	}
	limitations := make([]ProductLimitation, len(product.Spec.Limitations))
	for i, limitation := range product.Spec.Limitations {
		limitations[i] = limitationOf(product, limitation)
	}
	return limitations, nil
}

// ProductLimitation is one of a product.
func (l *Licenses) ProductLimitation(ctx context.Context, productID, id string) (ProductLimitation, error) {
	limitations, err := l.ProductLimitations(ctx, productID)
	if err != nil {
		return ProductLimitation{}, err
	}
	i := slices.IndexFunc(limitations, func(limitation ProductLimitation) bool { return limitation.ID == id })
	if i < 0 {
		return ProductLimitation{}, notFound("product %s has no limitation %.64s", productID, id)
	}
	return limitations[i], nil
}

// CreateProductLimitation adds a limitation to a product. One without an id gets a new one.
func (l *Licenses) CreateProductLimitation(ctx context.Context, productID string, wanted ProductLimitationChange) (ProductLimitation, error) {
	if wanted.ID == "" {
		wanted.ID = uuid.NewString()
	}
	return l.changeLimitations(ctx, productID, wanted, func(spec *v1alpha1.ProductSpec) error {
		switch {
		case slices.ContainsFunc(spec.Limitations, func(known v1alpha1.ProductLimitation) bool { return known.ID == wanted.ID }):
			return errorf(PropertyFixed, "id: the product has a limitation %s already: change that one", wanted.ID)
		case len(spec.Limitations) >= maxLimitations:
			return errorf(TooMany, "the product has %d limitations, at most %d are possible", len(spec.Limitations), maxLimitations)
		}
		limitation := v1alpha1.ProductLimitation{ID: wanted.ID}
		wanted.onto(&limitation)
		spec.Limitations = append(spec.Limitations, limitation)
		return nil
	})
}

// UpdateProductLimitation changes what a limitation is called.
func (l *Licenses) UpdateProductLimitation(ctx context.Context, productID, id string, wanted ProductLimitationChange) (ProductLimitation, error) {
	if wanted.ID != "" && wanted.ID != id {
		return ProductLimitation{}, invalid("$.id: %s is not the limitation of the path, %s", wanted.ID, id)
	}
	wanted.ID = id
	return l.changeLimitations(ctx, productID, wanted, func(spec *v1alpha1.ProductSpec) error {
		for i := range spec.Limitations {
			if spec.Limitations[i].ID == id {
				wanted.onto(&spec.Limitations[i])
				return nil
			}
		}
		return notFound("product %s has no limitation %.64s", productID, id)
	})
}

// DeleteProductLimitation removes a limitation that no edition has, and gives it as it was.
func (l *Licenses) DeleteProductLimitation(ctx context.Context, productID, id string) (ProductLimitation, error) {
	was, err := l.ProductLimitation(ctx, productID, id)
	if err != nil {
		return ProductLimitation{}, err
	}
	editions, err := l.Editions(ctx, productID)
	if err != nil {
		return ProductLimitation{}, err
	}
	for _, edition := range editions {
		if slices.ContainsFunc(edition.Limitations, func(used kubestore.EffectiveLimitation) bool { return used.ID == id }) {
			return ProductLimitation{}, errorf(LimitationInUse, "limitation %s cannot be removed: template %s, %s, has it", id, edition.ID, edition.Name)
		}
	}
	_, err = l.changeLimitations(ctx, productID, ProductLimitationChange{ID: id}, func(spec *v1alpha1.ProductSpec) error {
		spec.Limitations = slices.DeleteFunc(spec.Limitations, func(limitation v1alpha1.ProductLimitation) bool { return limitation.ID == id })
		return nil
	})
	return was, err
}

// changeLimitations gives the limitation that the change is about, as it is then.
func (l *Licenses) changeLimitations(
	ctx context.Context, productID string, wanted ProductLimitationChange, change func(*v1alpha1.ProductSpec) error,
) (ProductLimitation, error) {
	if wanted.ProductID != "" && wanted.ProductID != productID {
		return ProductLimitation{}, invalid("$.product_id: %s is not the product of the path, %s", wanted.ProductID, productID)
	}
	var changed ProductLimitation
	err := l.again(ctx, productFields, func() error {
		product, err := l.productObject(ctx, productID)
		if err != nil {
			return err
		}
		next := product.DeepCopy()
		if err := change(&next.Spec); err != nil {
			return err
		}
		differs, err := declaration.Differs(product, next)
		if err != nil {
			return err
		}
		if differs {
			l.modify(next)
			if err := declaration.Redeclare(ctx, l.Live, product, next); err != nil {
				return err
			}
		}
		limitation, _ := productLimitation(product, wanted.ID)
		changed = limitationOf(product, limitation)
		return nil
	})
	return changed, err
}

func (c ProductLimitationChange) onto(limitation *v1alpha1.ProductLimitation) {
	if c.Name != nil {
		limitation.Name = *c.Name
	}
	c.Description.text(&limitation.Description)
}

func limitationOf(product *v1alpha1.Product, limitation v1alpha1.ProductLimitation) ProductLimitation {
	return ProductLimitation{
		ID: limitation.ID, ProductID: kubestore.ProductID(product), Name: limitation.Name, Description: limitation.Description,
		Audit: auditOf(product),
	}
}

func productLimitation(product *v1alpha1.Product, id string) (v1alpha1.ProductLimitation, bool) {
	for _, limitation := range product.Spec.Limitations {
		if limitation.ID == id {
			return limitation, true
		}
	}
	return v1alpha1.ProductLimitation{}, false
}

// productObject is the object of a product; it is refused to change one that is only a name.
func (l *Licenses) productObject(ctx context.Context, id string) (*v1alpha1.Product, error) {
	product, err := l.liveProduct(ctx, id)
	if err == nil && product == nil {
		return nil, errorf(ProductUnknown, "product_id: there is no product %.64s with an object, create a Product first", id)
	}
	return product, l.failed(err, nil)
}

// liveProduct is nil where there is no object.
func (l *Licenses) liveProduct(ctx context.Context, id string) (*v1alpha1.Product, error) {
	known, err := l.productBy(ctx, l.Cached, id)
	if err != nil || known == nil {
		return l.productBy(ctx, l.Live, id)
	}
	var product v1alpha1.Product
	if err := l.Live.Get(ctx, client.ObjectKeyFromObject(known), &product); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return &product, nil
}
