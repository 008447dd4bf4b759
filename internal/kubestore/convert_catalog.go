package kubestore

import (
	"errors"
	"fmt"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// ActivationID is the effective id of a line item: the one given in its spec, else the object's UID.
func ActivationID(lineItem *v1alpha1.LineItem) string {
	if lineItem.Spec.ActivationID != "" {
		return lineItem.Spec.ActivationID
	}
	return string(lineItem.UID)
}

// LineItem converts a line item. It fails on figures that cannot be accounted for.
func LineItem(object *v1alpha1.LineItem) (licensing.LineItem, error) {
	spec := object.Spec
	quantity, err := licensing.WholeTokens(spec.Quantity)
	if err != nil {
		return licensing.LineItem{}, fmt.Errorf("spec.quantity: %w", err)
	}
	overdraft := licensing.Overdraft{Type: licensing.OverdraftType(spec.Overdraft.Type)}
	if spec.Overdraft.Limit != nil {
		if overdraft.Limit, err = licensing.WholeTokens(*spec.Overdraft.Limit); err != nil {
			return licensing.LineItem{}, fmt.Errorf("spec.overdraft.limit: %w", err)
		}
	}
	actions, err := Actions(spec.AccessActions)
	if err != nil {
		return licensing.LineItem{}, err
	}
	return licensing.LineItem{
		ActivationID: ActivationID(object), State: licensing.LineItemState(spec.State),
		Quantity: quantity, Overdraft: overdraft, Start: spec.Start.Time, End: spec.End.Time,
		Elastic: spec.Elastic != nil && *spec.Elastic, RateTableSeries: spec.RateTableSeries, Actions: actions,
	}, nil
}

// Limitation converts a limitation of a named-user license. An absent enforce means true.
func Limitation(object v1alpha1.Limitation) (licensing.Limitation, error) {
	goodwill, err := tokens(object.Goodwill)
	if err != nil {
		return licensing.Limitation{}, fmt.Errorf("spec.limitations[%s].goodwill: %w", object.ID, err)
	}
	limitation := licensing.Limitation{
		ID: object.ID, Name: object.Name, Limit: object.Limit,
		UserProvisioning: object.UserProvisioning != nil && *object.UserProvisioning,
		ResetMode:        licensing.ResetMode(object.ResetMode), ResetPeriodDays: int(object.ResetPeriodDays),
		Goodwill: goodwill, Enforce: object.Enforce == nil || *object.Enforce,
	}
	if err := limitation.Validate(); err != nil {
		return licensing.Limitation{}, fmt.Errorf("spec.limitations[%s]: %w", object.ID, err)
	}
	return limitation, nil
}

// ErrDuplicateItem reports an item that a rate table prices twice.
var ErrDuplicateItem = errors.New("is priced twice, an item and its version must be unique in a rate table")

// RateTable converts a rate table. It fails when an item has no usable price; the whole table is unusable then.
func RateTable(object *v1alpha1.RateTable) (*licensing.RateTable, error) {
	table := &licensing.RateTable{
		Name: object.Name, Series: object.Spec.Series, Version: object.Spec.Version,
		EffectiveFrom: object.Spec.EffectiveFrom.Time, Created: CreatedAt(object),
		Rates: make(map[licensing.ItemKey]licensing.Rate, len(object.Spec.Items)), Requirements: requirements(object.Spec.Items),
	}
	var problems []error
	for i, item := range object.Spec.Items {
		rate, err := rateOf(item)
		key := licensing.ItemKey{Name: item.Name, Version: item.Version}
		if _, duplicate := table.Rates[key]; err == nil && duplicate {
			err = fmt.Errorf(": %s %w", licensing.RequestedItem{Name: item.Name, Version: item.Version}, ErrDuplicateItem)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("spec.items[%d]%w", i, err))
			continue
		}
		table.Rates[key] = rate
	}
	return table, errors.Join(problems...)
}

// requirements are nil when every item is open.
func requirements(items []v1alpha1.RateTableItem) (required map[licensing.ItemKey]licensing.Requirement) {
	for _, item := range items {
		requirement := Requirement(item)
		if requirement == nil {
			continue
		}
		if required == nil {
			required = map[licensing.ItemKey]licensing.Requirement{}
		}
		required[licensing.ItemKey{Name: item.Name, Version: item.Version}] = *requirement
	}
	return required
}

// Requirement converts what a requester of the item must hold; nil if nothing.
func Requirement(item v1alpha1.RateTableItem) *licensing.Requirement {
	if item.Limitation == nil {
		return nil
	}
	return &licensing.Requirement{LimitationID: item.Limitation.ID, Provision: item.Limitation.Provision != nil && *item.Limitation.Provision}
}

func rateOf(item v1alpha1.RateTableItem) (licensing.Rate, error) {
	if item.Formula != "" {
		formula, err := licensing.ParseFormula(item.Formula)
		if err != nil {
			return licensing.Rate{}, fmt.Errorf(".formula: %w", err)
		}
		return licensing.FormulaRate(formula), nil
	}
	rate, err := tokens(item.Rate)
	if err != nil {
		return licensing.Rate{}, fmt.Errorf(".rate: %w", err)
	}
	return licensing.FixedRate(rate), nil
}

// PricedBy tells whether the series' rate tables price the line item: sessions may be charged to it, now or again.
func PricedBy(lineItem *v1alpha1.LineItem, series string) bool {
	return lineItem.Spec.RateTableSeries == series && lineItem.Spec.State != v1alpha1.LineItemObsolete &&
		lineItem.Spec.Elastic != nil && *lineItem.Spec.Elastic
}
