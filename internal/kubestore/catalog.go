package kubestore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// compiledTables are the rate tables of a namespace, with what they were made of.
type compiledTables struct {
	madeOf string
	tables licensing.RateTables
}

// Catalog is what the instance sells from. A fresh one is read live: it decides a refusal, which must not rest on an
// informer that lags behind.
func (s *Store) Catalog(ctx context.Context, id ledger.AccountID, fresh bool) (licensing.Catalog, error) {
	tables, err := s.rateTables(ctx, id.Namespace, fresh)
	if err != nil {
		return licensing.Catalog{}, fmt.Errorf("rate tables: %w", err)
	}
	objects, err := s.lineItems(ctx, id, fresh)
	if err != nil {
		return licensing.Catalog{}, fmt.Errorf("line items: %w", err)
	}
	reader := s.cached
	if fresh {
		reader = s.live
	}
	settings, err := s.settings(ctx, id.Namespace, reader)
	if err != nil {
		return licensing.Catalog{}, err
	}
	catalog := licensing.Catalog{RateTables: tables, TimezoneTolerant: settings.TimezoneTolerant}
	for i := range objects {
		standing, err := s.Standing(ctx, &objects[i])
		if err != nil {
			return licensing.Catalog{}, err
		}
		if lineItem, err := LineItem(&objects[i]); err == nil && standing.UID == objects[i].UID {
			catalog.LineItems = append(catalog.LineItems, lineItem)
		}
	}
	licensing.SortInDrawOrder(catalog.LineItems)
	if slices.ContainsFunc(catalog.LineItems, func(l licensing.LineItem) bool { return len(l.Actions) > 0 }) {
		if catalog.Conditions, err = s.conditions(ctx, id, fresh); err != nil {
			return licensing.Catalog{}, fmt.Errorf("conditions: %w", err)
		}
	}
	return catalog, nil
}

// Standing is the line item that owns the activation id of the given one: of several the oldest stands, because an
// activation id belongs to one instance (dynamic-monetization.md 5, decision 19).
func (s *Store) Standing(ctx context.Context, lineItem *v1alpha1.LineItem) (*v1alpha1.LineItem, error) {
	var same v1alpha1.LineItemList
	err := s.cached.List(ctx, &same, client.InNamespace(lineItem.Namespace), client.UnsafeDisableDeepCopy,
		client.MatchingFields{IndexActivationID: ActivationID(lineItem)})
	if err != nil {
		return nil, err
	}
	oldest := lineItem
	for i := range same.Items {
		if Older(&same.Items[i], oldest) {
			oldest = &same.Items[i]
		}
	}
	return oldest, nil
}

func (s *Store) lineItems(ctx context.Context, id ledger.AccountID, fresh bool) ([]v1alpha1.LineItem, error) {
	var list v1alpha1.LineItemList
	options := []client.ListOption{client.InNamespace(id.Namespace), client.MatchingFields{IndexInstance: id.Name}}
	if fresh {
		err := s.live.List(ctx, &list, options...)
		return list.Items, err
	}
	err := s.cached.List(ctx, &list, append(options, client.UnsafeDisableDeepCopy)...)
	return list.Items, err
}

// RateTables are the usable rate tables of a namespace, from the informers.
func (s *Store) RateTables(ctx context.Context, namespace string) (licensing.RateTables, error) {
	return s.rateTables(ctx, namespace, false)
}

func (s *Store) rateTables(ctx context.Context, namespace string, fresh bool) (licensing.RateTables, error) {
	var list v1alpha1.RateTableList
	if err := s.cached.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return licensing.RateTables{}, err
	}
	objects := list.Items
	if fresh {
		var err error
		if objects, err = s.reconcileLive(ctx, namespace, objects); err != nil {
			return licensing.RateTables{}, err
		}
	}
	uids := make([]string, len(objects))
	for i := range objects {
		uids[i] = string(objects[i].UID)
	}
	slices.Sort(uids)
	madeOf := strings.Join(uids, " ")
	s.mu.Lock()
	defer s.mu.Unlock()
	if compiled := s.compiled[namespace]; compiled.madeOf == madeOf {
		return compiled.tables, nil
	}
	tables := licensing.NewRateTables(s.compile(objects))
	s.compiled[namespace] = compiledTables{madeOf, tables}
	return tables, nil
}

// reconcileLive corrects the informer's list with a live one of names only: a rate table's content never changes.
func (s *Store) reconcileLive(ctx context.Context, namespace string, known []v1alpha1.RateTable) ([]v1alpha1.RateTable, error) {
	names := metav1.PartialObjectMetadataList{}
	names.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("RateTableList"))
	if err := s.live.List(ctx, &names, client.InNamespace(namespace)); err != nil {
		return nil, err
	}
	byUID := make(map[types.UID]v1alpha1.RateTable, len(known))
	for _, table := range known {
		byUID[table.UID] = table
	}
	current := make([]v1alpha1.RateTable, 0, len(names.Items))
	for _, name := range names.Items {
		table, found := byUID[name.UID]
		if !found {
			err := s.live.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name.Name}, &table)
			if apierrors.IsNotFound(err) {
				continue
			}
			if err != nil {
				return nil, err
			}
		}
		current = append(current, table)
	}
	return current, nil
}

// compile converts tables once: their content is immutable. Tables that have no usable price are left out; their
// controller says why. It wants the lock.
func (s *Store) compile(objects []v1alpha1.RateTable) []*licensing.RateTable {
	tables := make([]*licensing.RateTable, 0, len(objects))
	for i := range objects {
		table, found := s.tables[objects[i].UID]
		if !found {
			if converted, err := RateTable(&objects[i]); err == nil {
				table = converted
			}
			s.tables[objects[i].UID] = table
		}
		if table != nil {
			tables = append(tables, table)
		}
	}
	return tables
}

// Forget drops what was kept of a rate table that is gone.
func (s *Store) Forget(uid types.UID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tables, uid)
}
