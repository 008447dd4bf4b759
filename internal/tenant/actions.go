package tenant

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	applyv1alpha1 "github.com/licensing-operator/licensing-operator/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// maxAllocation is that of the kind.
const maxAllocation = 1_000_000_000_000 * licensing.Token

// Actions lists the rules of access of one line item, in order.
func (t *Tenant) Actions(ctx context.Context, instanceID, activationID string) ([]ActionUse, error) {
	instance, object, err := t.findLineItem(ctx, instanceID, activationID)
	if err != nil {
		return nil, err
	}
	books, err := t.books(ctx, instance.Name)
	if err != nil {
		return nil, err
	}
	return usesOf(object, books)
}

// AllActions lists the rules of access of all line items that have some.
func (t *Tenant) AllActions(ctx context.Context, instanceID string) ([]LineItemActions, error) {
	instance, err := t.findInstance(ctx, instanceID)
	if err != nil {
		return nil, err
	}
	objects, err := t.lineItemsOf(ctx, instance.Name)
	if err != nil {
		return nil, err
	}
	books, err := t.books(ctx, instance.Name)
	if err != nil {
		return nil, err
	}
	var all []LineItemActions
	for _, object := range objects {
		uses, err := usesOf(object, books)
		if err != nil {
			return nil, err
		}
		if len(uses) > 0 {
			all = append(all, LineItemActions{ActivationID: kubestore.ActivationID(object), Actions: uses})
		}
	}
	return all, nil
}

// CreateActions appends to the list, and gives what it appended.
func (t *Tenant) CreateActions(ctx context.Context, instanceID, activationID string, actions []licensing.Action) ([]ActionUse, error) {
	wanted := withIDs(actions)
	all, err := t.changeActions(ctx, instanceID, activationID, func(current []licensing.Action) ([]licensing.Action, error) {
		var problems problems
		for i, action := range actions {
			if action.ID != "" {
				problems.add("$[%d].id: must be left out: a new action is given an id", i)
			}
		}
		if total := len(current) + len(actions); total > licensing.MaxActions {
			problems.add("$: the line item would have %d actions, at most %d are possible", total, licensing.MaxActions)
		}
		if isDefault := func(a licensing.Action) bool { return a.ConditionID == "" }; slices.ContainsFunc(current, isDefault) {
			if second := slices.IndexFunc(actions, isDefault); second >= 0 {
				problems.add("$[%d].conditionId: is required: the line item has a default action already, and only one may be", second)
			}
		}
		return append(slices.Clone(current), wanted...), problems.err()
	}, wanted)
	if err != nil {
		return nil, err
	}
	return all[max(0, len(all)-len(wanted)):], nil
}

// ReplaceActions makes the list what is given. Actions with the id of one that is there keep what was used under it; one
// that was dropped does not come back with what was used.
func (t *Tenant) ReplaceActions(ctx context.Context, instanceID, activationID string, actions []licensing.Action) ([]ActionUse, error) {
	wanted := withIDs(actions)
	return t.changeActions(ctx, instanceID, activationID, func(current []licensing.Action) ([]licensing.Action, error) {
		var problems problems
		for i, action := range actions {
			known := slices.ContainsFunc(current, func(other licensing.Action) bool { return other.ID == action.ID })
			if action.ID != "" && !known {
				problems.add("$[%d].id: the line item has no action %.128q: leave the id out to create one", i, action.ID)
			}
		}
		return wanted, problems.err()
	}, wanted)
}

// DeleteActions takes all rules away: everyone may use the line item then.
func (t *Tenant) DeleteActions(ctx context.Context, instanceID, activationID string) error {
	_, err := t.changeActions(ctx, instanceID, activationID, func([]licensing.Action) ([]licensing.Action, error) { return nil, nil }, nil)
	return err
}

// changeActions makes the list what becomes of the current one. New are the actions that come from the caller.
func (t *Tenant) changeActions(ctx context.Context, instanceID, activationID string,
	become func([]licensing.Action) ([]licensing.Action, error), given []licensing.Action,
) ([]ActionUse, error) {
	if err := validateActions(given); err != nil {
		return nil, err
	}
	var uses []ActionUse
	err := t.again(ctx, lineItemFields, func() error {
		instance, current, err := t.findLineItem(ctx, instanceID, activationID)
		if err != nil {
			return err
		}
		books, err := t.books(ctx, instance.Name)
		if err != nil {
			return err
		}
		before, err := actionsOf(current)
		if err != nil {
			return err
		}
		wanted, err := become(before)
		if err != nil {
			return err
		}
		if err := conditionsExist(instance, given); err != nil {
			return err
		}
		if err := t.declareActions(ctx, current, wanted); err != nil {
			return err
		}
		uses, err = usesOf(current, books)
		return err
	})
	return uses, err
}

func (t *Tenant) declareActions(ctx context.Context, current *v1alpha1.LineItem, wanted []licensing.Action) error {
	objects := make([]v1alpha1.AccessAction, len(wanted))
	for i, action := range wanted {
		objects[i] = kubestore.AccessAction(action)
	}
	if slices.Equal(objects, current.Spec.AccessActions) {
		return nil
	}
	if len(objects) == 0 {
		if managers := declaration.OthersDeclare(current, "f:spec", "f:accessActions"); managers != "" {
			return &Error{Reason: DeclaredElsewhere, Problems: []string{declaredBy("actions", managers)}}
		}
	}
	return t.redeclareLineItem(ctx, current, func(spec *applyv1alpha1.LineItemSpecApplyConfiguration) {
		spec.AccessActions = nil
		spec.WithAccessActions(declaration.AccessActions(objects)...)
	})
}

func actionsOf(object *v1alpha1.LineItem) ([]licensing.Action, error) {
	lineItem, err := kubestore.LineItem(object)
	if err != nil {
		return nil, refuse(Invalid, "line item %s, as it is declared in Kubernetes, cannot be used: %v", kubestore.ActivationID(object), err)
	}
	return lineItem.Actions, nil
}

func usesOf(object *v1alpha1.LineItem, books licensing.Books) ([]ActionUse, error) {
	actions, err := actionsOf(object)
	if err != nil {
		return nil, err
	}
	uses := make([]ActionUse, len(actions))
	for i, action := range actions {
		uses[i] = ActionUse{Action: action}
		if action.Allocation != nil {
			uses[i].Used = new(books.Allocations[licensing.AllocationKey{ActivationID: kubestore.ActivationID(object), ActionID: action.ID}])
		}
	}
	return uses, nil
}

// withIDs gives an id to the actions that have none.
func withIDs(actions []licensing.Action) []licensing.Action {
	result := slices.Clone(actions)
	for i := range result {
		if result[i].ID == "" {
			result[i].ID = uuid.NewString()
		}
	}
	return result
}

func validateActions(actions []licensing.Action) error {
	var found problems
	found.addAll("", licensing.ValidateActions(actions))
	for i, action := range actions {
		if action.Allocation != nil && *action.Allocation > maxAllocation {
			found.add("$[%d].allocation: %s, must be 0 to %s tokens", i, *action.Allocation, maxAllocation)
		}
	}
	for i := range found {
		// A call has the list itself, and no object around it.
		found[i] = strings.ReplaceAll(strings.Replace(found[i], "actions:", "$:", 1), "actions[", "$[")
	}
	return found.err()
}

func conditionsExist(instance *v1alpha1.Instance, actions []licensing.Action) error {
	var problems problems
	for i, action := range actions {
		if action.ConditionID != "" && findCondition(instance, action.ConditionID) == nil {
			problems.add("$[%d].conditionId: there is no condition %.128q in the instance", i, action.ConditionID)
		}
	}
	return problems.err()
}
