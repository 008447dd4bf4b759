package licenses

import (
	"context"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// ByUser finds the licenses of a product on which the user exists, whether the user is active or not. Each answer has this
// user only. Someone who is no user finds none. Who has one license already may find another one a moment after being added
// to it on another server: informers say which there are, and looking for more live would cost everybody who logs in.
func (l *Licenses) ByUser(ctx context.Context, productID, userID string, activeOnly bool) ([]License, error) {
	// What the informers do not show is looked up once more live.
	for _, reader := range []client.Reader{l.Cached, l.Live} {
		var list v1alpha1.UserProvisioningList
		err := reader.List(ctx, &list, client.InNamespace(l.namespace), client.MatchingFields{kubestore.IndexUserID: userID})
		if err != nil {
			return nil, l.failed(err, nil)
		}
		found, known, err := l.ofUser(ctx, inOrder(pointers(list.Items)), productID, activeOnly)
		if err != nil || known {
			return found, err
		}
	}
	return nil, l.knownProduct(ctx, productID)
}

// ofUser are the licenses of the product among those that the objects are about. It tells whether there were any before
// inactive ones were left out.
func (l *Licenses) ofUser(ctx context.Context, objects []*v1alpha1.UserProvisioning, productID string, activeOnly bool) (found []License, known bool, err error) {
	seen := sets.New[string]()
	for _, object := range objects {
		if seen.Has(object.Spec.LineItemRef.Name) { // of several for the same user the oldest stands
			continue
		}
		license, asked, err := l.membership(ctx, object)
		if err != nil {
			return nil, false, err
		}
		if license == nil || license.terms.ProductID != productID {
			continue
		}
		if err := l.admit(license); err != nil {
			return nil, false, err
		}
		if asked == nil {
			continue
		}
		seen.Insert(object.Spec.LineItemRef.Name)
		if known = true; activeOnly && license.object.Spec.State != v1alpha1.LineItemDeployed {
			continue
		}
		shown, err := l.show(ctx, license, asked)
		if err != nil {
			return nil, false, err
		}
		found = append(found, shown)
	}
	return found, known, nil
}

// membership reads the license and the user of an object at the same time: people wait for it when they log in. Either is
// nil if it is gone.
func (l *Licenses) membership(ctx context.Context, object *v1alpha1.UserProvisioning) (*license, *member, error) {
	var shown v1alpha1.LineItem
	if err := l.Cached.Get(ctx, l.key(object.Spec.LineItemRef.Name), &shown); client.IgnoreNotFound(err) != nil {
		return nil, nil, l.failed(err, nil)
	}
	var (
		found   *license
		asked   *member
		reading errgroup.Group
		account = l.account(shown.Spec.InstanceRef.Name)
	)
	reading.Go(func() (err error) {
		found, err = l.currentLicense(ctx, object.Spec.LineItemRef.Name)
		return err
	})
	if account.Name != "" {
		reading.Go(func() (err error) {
			asked, err = l.memberNamed(ctx, account, object.Name)
			return err
		})
	}
	if err := reading.Wait(); err != nil || found == nil {
		return nil, nil, err
	}
	if stands := l.accountOf(found); stands != account { // the informers knew no line item, or a former one of the name
		var err error
		if asked, err = l.memberNamed(ctx, stands, object.Name); err != nil {
			return nil, nil, err
		}
	}
	return found, asked, nil
}

// currentLicense is licenseNamed from the informers, if they show whatever was written over REST: that costs the API server
// one read for all who ask at the same time.
func (l *Licenses) currentLicense(ctx context.Context, name string) (*license, error) {
	current, err := l.Writes.Current(ctx, l.namespace)
	if err != nil {
		return nil, l.failed(err, nil)
	}
	var object v1alpha1.LineItem
	if !current || l.Cached.Get(ctx, l.key(name), &object) != nil || !kubestore.IsLicense(&object) {
		return l.licenseNamed(ctx, name) // one that is new is found live
	}
	from := l.readingOnce()
	from.shown = true
	found, err := from.read(ctx, &object)
	if err != nil {
		return l.licenseNamed(ctx, name)
	}
	return found, nil
}

// licenseNamed is the license of a line item; nil if it is gone, or if nobody can tell what it grants.
func (l *Licenses) licenseNamed(ctx context.Context, name string) (*license, error) {
	object, err := l.liveLineItem(ctx, name)
	if err != nil || object == nil {
		return nil, l.failed(err, nil)
	}
	found, err := l.read(ctx, object)
	if IDOf(err) == EditionNotPossible {
		return nil, nil
	}
	return found, err
}
