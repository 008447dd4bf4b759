package standing

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// atOnce is how many accounts are read at the same time.
const atOnce = 8

// Reader reads how instances stand. It is safe for concurrent use.
type Reader struct {
	// Cached reads the informers, with the indexes of kubestore.SetupIndexes.
	Cached client.Reader
	Store  *kubestore.Store
	Ledger *ledger.Ledger
}

// Page reads the instances of a namespace that have one of the names, or all if names is nil. The cursor counts them.
func (r *Reader) Page(ctx context.Context, namespace string, names []string, next, size int) (Page, error) {
	var list v1alpha1.InstanceList
	if err := r.Cached.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return Page{}, err
	}
	found := slices.DeleteFunc(slices.Clone(list.Items), func(i v1alpha1.Instance) bool {
		return names != nil && !slices.Contains(names, i.Name)
	})
	slices.SortFunc(found, func(a, b v1alpha1.Instance) int { return strings.Compare(a.Name, b.Name) })
	total := len(found)
	found = found[min(next, total):min(next+size, total)]

	page := Page{Instances: make([]Instance, len(found))}
	if next+size < total {
		page.Next = next + size
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i := range found {
		group.Go(func() (err error) {
			page.Instances[i], err = r.instance(ctx, &found[i])
			return err
		})
	}
	return page, group.Wait()
}

// instance reads how one instance stands. It must not change the object.
func (r *Reader) instance(ctx context.Context, object *v1alpha1.Instance) (Instance, error) {
	books, state, err := r.books(ctx, object)
	if err != nil {
		return Instance{}, err
	}
	instance := Instance{
		Name: object.Name, ID: kubestore.InstanceID(object), ShortName: object.Spec.ShortName, AccountID: object.Spec.AccountID, Ledger: state,
	}
	live := object.Status.LiveSessions
	if live == nil {
		live = &v1alpha1.LiveSessions{}
	}
	instance.Active, instance.Idle = count(live.Active, object, ".status.liveSessions.active"), count(live.Idle, object, ".status.liveSessions.idle")

	var list v1alpha1.LineItemList
	err = r.Cached.List(ctx, &list, client.InNamespace(object.Namespace), client.MatchingFields{kubestore.IndexInstance: object.Name}, client.UnsafeDisableDeepCopy)
	if err != nil {
		return Instance{}, err
	}
	for i := range list.Items {
		stands, err := r.Store.Standing(ctx, &list.Items[i])
		if err != nil {
			return Instance{}, err
		}
		if stands.UID != list.Items[i].UID {
			continue // charges go to the older one with its activation id
		}
		lineItem, err := r.lineItem(ctx, &list.Items[i], books)
		if err != nil {
			return Instance{}, err
		}
		instance.LineItems = append(instance.LineItems, lineItem)
	}
	slices.SortFunc(instance.LineItems, func(a, b LineItem) int { return strings.Compare(a.Name, b.Name) })
	return instance, nil
}
