package licenses

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// license is a line item that is a license, with what it grants, all read live unless said otherwise.
type license struct {
	object *v1alpha1.LineItem
	// edition and product are nil where there is no object.
	edition *v1alpha1.Edition
	product *v1alpha1.Product
	terms   kubestore.LicenseTerms
}

func (l *license) activationID() string { return kubestore.ActivationID(l.object) }

// began is when the first period of its limitations did.
func (l *license) began() time.Time { return l.object.CreationTimestamp.UTC() }

func (l *Licenses) accountOf(license *license) ledger.AccountID {
	return l.account(license.object.Spec.InstanceRef.Name)
}

// license is the one that a path names.
func (l *Licenses) license(ctx context.Context, id string) (*license, error) {
	found, err := l.find(ctx, id)
	if err == nil && found == nil {
		return nil, notFound("there is no license %.64s", id)
	}
	return found, err
}

// keyedLicense is the one that a body names, by its key: that is its id.
func (l *Licenses) keyedLicense(ctx context.Context, key string) (*license, error) {
	found, err := l.find(ctx, key)
	if err == nil && found == nil {
		return nil, errorf(LicenseKeyUnknown, "there is no license with the key %.64s", key)
	}
	return found, err
}

// find is the license of an id, nil if there is none. One of a product that the caller's key is not for is refused.
func (l *Licenses) find(ctx context.Context, id string) (*license, error) {
	object, err := l.lineItem(ctx, id)
	if err != nil || object == nil {
		return nil, l.failed(err, nil)
	}
	found, err := l.read(ctx, object)
	if err != nil {
		return nil, err
	}
	return found, l.admit(found)
}

// read makes a license of a line item that was read live.
func (l *Licenses) read(ctx context.Context, object *v1alpha1.LineItem) (*license, error) {
	return l.readingOnce().read(ctx, object)
}

// reading reads editions and products, each once: a list of licenses is made from few of them.
type reading struct {
	*Licenses

	// shown tells to read from the informers, which are known to be current.
	shown bool
	made  map[madeFrom]*license
}

// madeFrom is what a line item says of its edition or its product.
type madeFrom struct{ edition, product string }

func (l *Licenses) readingOnce() reading { return reading{Licenses: l, made: map[madeFrom]*license{}} }

func (l reading) read(ctx context.Context, object *v1alpha1.LineItem) (*license, error) {
	from := madeFrom{product: object.Spec.Product}
	if ref := object.Spec.EditionRef; ref != nil {
		from = madeFrom{edition: ref.Name}
	}
	found := &license{object: object}
	var err error
	switch known, again := l.made[from]; {
	case again:
		found.edition, found.product = known.edition, known.product
	case from.edition != "":
		found.edition, found.product, err = l.Store.Edition(ctx, l.key(from.edition), !l.shown)
	case from.product != "":
		found.product, err = l.namedProduct(ctx, from.product)
	}
	if err != nil {
		return nil, l.failed(err, nil)
	}
	l.made[from] = found
	found.terms, err = kubestore.Terms(object, found.edition, found.product)
	if unclear := (*kubestore.TermsError)(nil); errors.As(err, &unclear) {
		return nil, &Error{ID: EditionNotPossible, Message: unclear.Message, cause: err}
	}
	return found, err
}

// namedProduct is the object of a product that a line item names, nil if it has none. The informers say which it is:
// products are not made over REST.
func (l reading) namedProduct(ctx context.Context, named string) (*v1alpha1.Product, error) {
	known, err := l.Store.ProductNamed(ctx, l.namespace, named, false)
	if err != nil || known == nil || l.shown {
		return known, err
	}
	var product v1alpha1.Product
	if err := l.Live.Get(ctx, client.ObjectKeyFromObject(known), &product); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return &product, nil
}

// lineItem is the oldest license with the id, read live; nil if there is none.
func (l *Licenses) lineItem(ctx context.Context, id string) (*v1alpha1.LineItem, error) {
	id, possible := canonical(id)
	if !possible {
		return nil, nil
	}
	var known v1alpha1.LineItemList
	err := l.Cached.List(ctx, &known, client.InNamespace(l.namespace), client.MatchingFields{kubestore.IndexLicenseID: id})
	if err != nil {
		return nil, err
	}
	for _, shown := range inOrder(pointers(known.Items)) {
		object, err := l.liveLineItem(ctx, shown.Name)
		if err != nil {
			return nil, err
		}
		if object != nil && kubestore.LicenseID(object) == id {
			return object, nil
		}
	}
	return l.newLineItem(ctx, id)
}

// newLineItem looks for a license that no informer shows yet.
func (l *Licenses) newLineItem(ctx context.Context, id string) (*v1alpha1.LineItem, error) {
	var given v1alpha1.LineItemList
	if err := l.Live.List(ctx, &given, client.InNamespace(l.namespace), client.MatchingFields{"spec.licenseID": id}); err != nil {
		return nil, err
	}
	for _, object := range inOrder(pointers(given.Items)) {
		if kubestore.IsLicense(object) {
			return object, nil
		}
	}
	// Objects are not found by UID but among all of them.
	names := metav1.PartialObjectMetadataList{}
	names.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("LineItemList"))
	if err := l.Live.List(ctx, &names, client.InNamespace(l.namespace)); err != nil {
		return nil, err
	}
	for _, name := range names.Items {
		if string(name.UID) != id {
			continue
		}
		object, err := l.liveLineItem(ctx, name.Name)
		if err != nil || object == nil || kubestore.LicenseID(object) != id {
			return nil, err
		}
		return object, nil
	}
	return nil, nil
}

// liveLineItem is nil for one that is gone or is no license.
func (l *Licenses) liveLineItem(ctx context.Context, name string) (*v1alpha1.LineItem, error) {
	var object v1alpha1.LineItem
	err := l.Live.Get(ctx, l.key(name), &object)
	if apierrors.IsNotFound(err) || (err == nil && !kubestore.IsLicense(&object)) {
		return nil, nil
	}
	return &object, err
}

// instance is the Instance that a license belongs to, from the informers and live on a miss; nil if there is none.
func (l *Licenses) instance(ctx context.Context, name string) (*v1alpha1.Instance, error) {
	var object v1alpha1.Instance
	err := l.Cached.Get(ctx, l.key(name), &object)
	if apierrors.IsNotFound(err) {
		err = l.Live.Get(ctx, l.key(name), &object)
	}
	if err != nil {
		return nil, l.failed(client.IgnoreNotFound(err), nil)
	}
	return &object, nil
}

// admit refuses a caller whose key is for other products.
func (l *Licenses) admit(license *license) error {
	if !l.mayAsk(license.terms.ProductID, license.product, license.object.Spec.Product) {
		return forbidden(license.terms.ProductID)
	}
	return nil
}

// mayAsk tells whether the caller may ask about a product, which is known by its id, its object and a name.
func (l *Licenses) mayAsk(id string, object *v1alpha1.Product, named string) bool {
	return len(l.caller.Products) == 0 || slices.ContainsFunc(l.caller.Products, func(allowed string) bool {
		return allowed == id || (named != "" && allowed == named) || (object != nil && allowed == object.Name)
	})
}

func forbidden(productID string) error {
	return &Forbidden{Message: "the key is not for product " + productID}
}

// canonical is a UUID as Kubernetes writes it. What is none names nothing.
func canonical(id string) (string, bool) {
	parsed, err := uuid.Parse(id)
	return parsed.String(), err == nil && len(id) == len(parsed.String())
}

func pointers[T any](items []T) []*T {
	result := make([]*T, len(items))
	for i := range items {
		result[i] = &items[i]
	}
	return result
}

// inOrder sorts by age, the oldest first.
func inOrder[T client.Object](objects []T) []T {
	slices.SortFunc(objects, func(a, b T) int {
		switch {
		case kubestore.Older(a, b):
			return -1
		case kubestore.Older(b, a):
			return 1
		}
		return 0
	})
	return objects
}
