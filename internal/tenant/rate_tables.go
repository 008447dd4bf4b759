package tenant

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

const (
	// maxRate is that of the kind.
	maxRate = 1_000_000_000_000 * licensing.Token
	// maxRateTableBytes leaves room for the rest of an object, of which the store takes 1.5 MiB.
	maxRateTableBytes = 1 << 20
)

// CreateRateTable publishes a price list.
func (t *Tenant) CreateRateTable(ctx context.Context, table RateTable) error {
	object, err := t.rateTable(table)
	if err != nil {
		return err
	}
	same, err := t.rateTables(ctx, func(spec v1alpha1.RateTableSpec) bool { return isTable(spec, table.Series, table.Version) })
	if err != nil {
		return err
	}
	exists := refuse(AlreadyExists, "rate table %s exists already: publish the prices under another version", tableName(table.Series, table.Version))
	if len(same) > 0 {
		return exists
	}
	err = t.create(ctx, object)
	if apierrors.IsAlreadyExists(err) {
		return exists
	}
	return t.failed(err, nil)
}

// RateTables lists all rate tables, or those that count now or will, oldest first.
func (t *Tenant) RateTables(ctx context.Context, current bool) ([]RateTable, error) {
	objects, err := t.rateTables(ctx, func(v1alpha1.RateTableSpec) bool { return true })
	if err != nil {
		return nil, err
	}
	if current {
		counts := t.counting(objects)
		objects = slices.DeleteFunc(objects, func(object *v1alpha1.RateTable) bool { return !counts(object) })
	}
	tables := make([]RateTable, len(objects))
	for i, object := range objects {
		tables[i] = rateTableOf(object)
	}
	return tables, nil
}

// DeleteRateTable deletes a table that is not effective yet. An empty series means the tables without one.
func (t *Tenant) DeleteRateTable(ctx context.Context, series, version string) error {
	same, err := t.rateTables(ctx, func(spec v1alpha1.RateTableSpec) bool { return isTable(spec, series, version) })
	if err != nil {
		return err
	}
	if len(same) == 0 {
		return refuse(RateTableNotFound, "there is no rate table %s", tableName(series, version))
	}
	// Of several the oldest stands. One that cannot be read never becomes effective.
	if standing := same[0]; !standing.Spec.EffectiveFrom.After(t.Clock.Now()) && usable(standing) {
		return refuse(AlreadyEffective, "rate table %s is effective since %s and cannot be deleted: publish a newer version of its series instead",
			tableName(series, version), standing.Spec.EffectiveFrom.Format("2006-01-02T15:04:05.999Z"))
	}
	for _, object := range same {
		if err := mustBeOurs("rate table "+tableName(series, version), object); err != nil {
			return err
		}
	}
	for _, object := range same {
		err := t.Live.Delete(ctx, object, client.Preconditions{UID: &object.UID})
		if client.IgnoreNotFound(err) != nil {
			return t.failed(err, nil)
		}
	}
	return nil
}

// rateTables are read live, oldest first.
func (t *Tenant) rateTables(ctx context.Context, wanted func(v1alpha1.RateTableSpec) bool) ([]*v1alpha1.RateTable, error) {
	var list v1alpha1.RateTableList
	if err := t.Live.List(ctx, &list, client.InNamespace(t.namespace)); err != nil {
		return nil, t.failed(err, nil)
	}
	objects := slices.DeleteFunc(pointers(list.Items), func(object *v1alpha1.RateTable) bool { return !wanted(object.Spec) })
	return inOrder(objects), nil
}

// counting tells the tables that price now, or will.
func (t *Tenant) counting(objects []*v1alpha1.RateTable) func(*v1alpha1.RateTable) bool {
	now := t.Clock.Now()
	var converted []*licensing.RateTable
	for _, object := range objects {
		if table, err := kubestore.RateTable(object); err == nil {
			converted = append(converted, table)
		}
	}
	tables := licensing.NewRateTables(converted)
	return func(object *v1alpha1.RateTable) bool {
		if object.Spec.EffectiveFrom.After(now) {
			return usable(object) && tables.Standing(object.Name, object.Spec.Series)
		}
		ruling, found := tables.Effective(object.Spec.Series, now)
		return found && ruling.Name == object.Name
	}
}

func usable(object *v1alpha1.RateTable) bool {
	_, err := kubestore.RateTable(object)
	return err == nil
}

// rateTable is the object of a table. What the API server cannot check is checked here.
func (t *Tenant) rateTable(table RateTable) (*v1alpha1.RateTable, error) {
	if table.EffectiveFrom.IsZero() {
		table.EffectiveFrom = t.Clock.Now()
	}
	var problems problems
	problems.time("$.effectiveFrom", table.EffectiveFrom)
	object := &v1alpha1.RateTable{
		ObjectMeta: t.metadata(declaration.NameFor(table.Series, table.Version)),
		Spec: v1alpha1.RateTableSpec{
			Series: table.Series, Version: table.Version, EffectiveFrom: v1alpha1.NewTime(table.EffectiveFrom),
		},
	}
	seen := make(map[licensing.ItemKey]int, len(table.Items))
	for i, item := range table.Items {
		field := fmt.Sprintf("$.items[%d]", i)
		key := licensing.ItemKey{Name: item.Name, Version: item.Version}
		if first, duplicate := seen[key]; duplicate {
			problems.add("%s: %s is priced in $.items[%d] already: an item and its version must be unique in a rate table",
				field, licensing.RequestedItem{Name: item.Name, Version: item.Version}, first)
		} else {
			seen[key] = i
		}
		object.Spec.Items = append(object.Spec.Items, item.object(field, &problems))
	}
	if text, err := json.Marshal(object.Spec); err == nil && len(text) > maxRateTableBytes {
		problems.add("$.items: %d bytes in all, at most %d are possible", len(text), maxRateTableBytes)
	}
	return object, problems.err()
}

func (i RateTableItem) object(field string, problems *problems) v1alpha1.RateTableItem {
	object := v1alpha1.RateTableItem{Name: i.Name, Version: i.Version, Formula: i.Formula}
	if i.Limitation != nil {
		object.Limitation = &v1alpha1.ItemLimitation{ID: i.Limitation.LimitationID}
		if i.Limitation.Provision {
			object.Limitation.Provision = new(true)
		}
	}
	switch {
	case (i.Rate != nil) == (i.Formula != ""):
		problems.add("%s: must have either a rate or a formula, and not both", field)
	case i.Rate != nil && (*i.Rate < 0 || *i.Rate > maxRate):
		problems.add("%s.rate: %s, must be 0 to %s tokens per count", field, *i.Rate, maxRate)
	case i.Rate != nil:
		object.Rate = v1alpha1.Decimal(i.Rate.String())
	default:
		if _, err := licensing.ParseFormula(i.Formula); err != nil {
			problems.add("%s.formula: %v", field, err)
		}
	}
	return object
}

func rateTableOf(object *v1alpha1.RateTable) RateTable {
	table := RateTable{
		Series: object.Spec.Series, Version: object.Spec.Version,
		EffectiveFrom: object.Spec.EffectiveFrom.Time, Created: kubestore.CreatedAt(object),
	}
	for _, item := range object.Spec.Items {
		converted := RateTableItem{Name: item.Name, Version: item.Version, Formula: item.Formula, Limitation: kubestore.Requirement(item)}
		if item.Formula == "" {
			if rate, err := licensing.ParseTokens(item.Rate.String()); err == nil {
				converted.Rate = &rate
			}
		}
		table.Items = append(table.Items, converted)
	}
	return table
}

func isTable(spec v1alpha1.RateTableSpec, series, version string) bool {
	return spec.Series == series && spec.Version == version
}

func tableName(series, version string) string {
	if series == "" {
		return fmt.Sprintf("%q without series", version)
	}
	return fmt.Sprintf("%q of series %q", version, series)
}
