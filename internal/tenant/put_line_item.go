package tenant

import (
	"context"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	applyv1alpha1 "github.com/licensing-operator/licensing-operator/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// lineItemFields are those that have other names in a call.
var lineItemFields = declaration.Fields{
	"activationID": ".activationId", "instanceRef": ".instanceId", "elastic": ".attributes.elastic",
	"rateTableSeries": ".attributes.rateTableSeries", "overdraft": ".attributes",
	"overdraft.type": ".attributes.overdraftType", "overdraft.limit": ".attributes.overdraftLimit",
	"accessActions": "",
}

// maxActivationID is that of the kind.
const maxActivationID = 128

// PutLineItem creates or replaces the line item, and tells whether it created it. What is used stays.
func (t *Tenant) PutLineItem(ctx context.Context, instanceID string, wanted LineItem) (LineItem, bool, error) {
	if err := wanted.validate(instanceID); err != nil {
		return LineItem{}, false, err
	}
	instance, err := t.findInstance(ctx, instanceID)
	if err != nil {
		return LineItem{}, false, err
	}
	books, err := t.books(ctx, instance.Name)
	if err != nil {
		return LineItem{}, false, err
	}
	var object *v1alpha1.LineItem
	created := false
	err = t.again(ctx, lineItemFields, func() error {
		current, err := t.standingLineItem(ctx, instance.Name, wanted.ActivationID)
		if err != nil {
			return err
		}
		if created = current == nil; created {
			object, err = t.createLineItem(ctx, instance.Name, wanted)
		} else {
			object, err = t.replaceLineItem(ctx, instance.Name, current, wanted)
		}
		return err
	})
	if err != nil {
		return LineItem{}, false, err
	}
	return lineItemOf(object, instanceID, books), created, nil
}

func (t *Tenant) createLineItem(ctx context.Context, instance string, wanted LineItem) (*v1alpha1.LineItem, error) {
	if wanted.State != licensing.Deployed {
		return nil, refuse(StateNotPossible, "$.state: %s, a line item can only be created as %s", wanted.State, licensing.Deployed)
	}
	object := &v1alpha1.LineItem{
		ObjectMeta: t.metadata(declaration.NameFor(wanted.ActivationID)),
		Spec: v1alpha1.LineItemSpec{
			InstanceRef: v1alpha1.LocalInstanceReference{Name: instance}, ActivationID: wanted.ActivationID,
			State: v1alpha1.LineItemState(wanted.State), Quantity: wanted.Quantity,
			Start: v1alpha1.NewTime(wanted.Start), End: v1alpha1.NewTime(wanted.End), Elastic: &wanted.Elastic,
			RateTableSeries: wanted.RateTableSeries,
			Overdraft:       v1alpha1.Overdraft{Type: v1alpha1.OverdraftType(wanted.Overdraft), Limit: wanted.OverdraftLimit},
		},
	}
	return object, t.create(ctx, object)
}

func (t *Tenant) replaceLineItem(ctx context.Context, instance string, current *v1alpha1.LineItem, wanted LineItem) (*v1alpha1.LineItem, error) {
	switch {
	case current.Spec.InstanceRef.Name != instance:
		return nil, refuse(OtherInstance, "$.activationId: %s belongs to another instance", wanted.ActivationID)
	case current.Spec.State == v1alpha1.LineItemObsolete && wanted.State != licensing.Obsolete:
		return nil, refuse(StateNotPossible, "$.state: the line item is %s, which is final, and cannot become %s: create a new line item instead",
			licensing.Obsolete, wanted.State)
	case wanted.standsIn(current.Spec):
		return current, nil
	}
	if err := wanted.mayLeaveOut(current); err != nil {
		return nil, err
	}
	return current, t.redeclareLineItem(ctx, current, func(spec *applyv1alpha1.LineItemSpecApplyConfiguration) {
		wanted.declare(spec, current.Spec)
	})
}

// redeclareLineItem changes what REST declares of a line item, and reads what has become of it.
func (t *Tenant) redeclareLineItem(ctx context.Context, current *v1alpha1.LineItem, change func(*applyv1alpha1.LineItemSpecApplyConfiguration)) error {
	return declaration.LineItem(ctx, t.Live, current, func(declared *applyv1alpha1.LineItemApplyConfiguration) { change(declared.Spec) })
}

// declare puts what is wanted into the declaration of REST, beside what it has of other calls.
func (l LineItem) declare(spec *applyv1alpha1.LineItemSpecApplyConfiguration, current v1alpha1.LineItemSpec) {
	state := v1alpha1.LineItemState(l.State)
	declaration.Put(&spec.State, state, current.State == state)
	declaration.Put(&spec.Quantity, l.Quantity, current.Quantity == l.Quantity)
	declaration.Put(&spec.Start, v1alpha1.NewTime(l.Start), current.Start.Equal(l.Start))
	declaration.Put(&spec.End, v1alpha1.NewTime(l.End), current.End.Equal(l.End))
	declaration.Put(&spec.Elastic, l.Elastic, current.Elastic != nil && *current.Elastic == l.Elastic)
	if l.RateTableSeries == "" {
		spec.RateTableSeries = nil
	} else {
		declaration.Put(&spec.RateTableSeries, l.RateTableSeries, current.RateTableSeries == l.RateTableSeries)
	}
	if l.Overdraft == licensing.OverdraftNone {
		spec.Overdraft = nil
	} else {
		overdraft := applyv1alpha1.OverdraftApplyConfiguration{Type: new(v1alpha1.OverdraftType(l.Overdraft)), Limit: l.OverdraftLimit}
		declaration.Put(&spec.Overdraft, overdraft, l.overdraftStands(current))
	}
}

// standsIn tells whether there is nothing to change.
func (l LineItem) standsIn(spec v1alpha1.LineItemSpec) bool {
	return spec.State == v1alpha1.LineItemState(l.State) && spec.Quantity == l.Quantity && spec.Start.Equal(l.Start) && spec.End.Equal(l.End) &&
		spec.Elastic != nil && *spec.Elastic == l.Elastic && spec.RateTableSeries == l.RateTableSeries && l.overdraftStands(spec)
}

func (l LineItem) overdraftStands(spec v1alpha1.LineItemSpec) bool {
	sameLimit := (spec.Overdraft.Limit == nil) == (l.OverdraftLimit == nil) && (l.OverdraftLimit == nil || *spec.Overdraft.Limit == *l.OverdraftLimit)
	return spec.Overdraft.Type == v1alpha1.OverdraftType(l.Overdraft) && sameLimit
}

// mayLeaveOut refuses to leave out what others declare: to take it out of REST's declaration would not take it away.
func (l LineItem) mayLeaveOut(current *v1alpha1.LineItem) error {
	var found []string
	leaveOut := func(field string, leftOut bool) {
		if !leftOut {
			return
		}
		if managers := declaration.OthersDeclare(current, "f:spec", "f:"+field); managers != "" {
			found = append(found, declaredBy(lineItemFields.Rename("spec."+field), managers))
		}
	}
	leaveOut("rateTableSeries", l.RateTableSeries == "" && current.Spec.RateTableSeries != "")
	leaveOut("overdraft", l.Overdraft == licensing.OverdraftNone && current.Spec.Overdraft.Type != "")
	if len(found) > 0 {
		return &Error{Reason: DeclaredElsewhere, Problems: found}
	}
	return nil
}

// validate reports what the API server would not, or not in words of the call.
func (l LineItem) validate(instanceID string) error {
	var problems problems
	problems.length("$.activationId", l.ActivationID, 1, maxActivationID)
	if l.InstanceID != "" && l.InstanceID != instanceID {
		problems.add("$.instanceId: %.64q, must be that of the path, %s, or left out", l.InstanceID, instanceID)
	}
	switch l.State {
	case licensing.Deployed, licensing.Inactive, licensing.Obsolete:
	default:
		problems.add("$.state: %.32q, must be %s, %s or %s", l.State, licensing.Deployed, licensing.Inactive, licensing.Obsolete)
	}
	if l.Quantity == 0 { // only licenses may be without, which are not made here
		problems.add("$.quantity: is missing but it is required")
	}
	problems.time("$.start", l.Start)
	problems.time("$.end", l.End)
	if !l.Start.Before(l.End) {
		problems.add("$.start: must be before $.end: a line item is valid from start on and no longer at end")
	}
	switch limited := l.OverdraftLimit != nil; {
	case l.Overdraft == licensing.OverdraftNumber && !limited:
		problems.add("$.attributes.overdraftLimit: is missing but it is required: overdraftType is %s", l.Overdraft)
	case l.Overdraft != licensing.OverdraftNumber && limited:
		problems.add("$.attributes.overdraftLimit: must be left out: it is used only with overdraftType %s", licensing.OverdraftNumber)
	}
	return problems.err()
}
