package tenant

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	applyv1alpha1 "github.com/licensing-operator/licensing-operator/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

var conditionFields = declaration.Fields{"accessConditions": ".conditions"}

// Conditions are those of the instance, in the order in which they stand there.
func (t *Tenant) Conditions(ctx context.Context, instanceID string) ([]licensing.Condition, error) {
	instance, err := t.findInstance(ctx, instanceID)
	if err != nil {
		return nil, err
	}
	conditions := make([]licensing.Condition, len(instance.Spec.AccessConditions))
	for i, object := range instance.Spec.AccessConditions {
		conditions[i] = kubestore.Condition(object)
	}
	return conditions, nil
}

// SaveConditions creates the conditions without an id and replaces those with one; it gives those it saved.
func (t *Tenant) SaveConditions(ctx context.Context, instanceID string, conditions []licensing.Condition) ([]licensing.Condition, error) {
	given := make(map[string]bool, len(conditions))
	wanted := slices.Clone(conditions)
	for i := range wanted {
		if wanted[i].ID == "" {
			wanted[i].ID = uuid.NewString()
		} else {
			given[wanted[i].ID] = true
		}
	}
	var problems problems
	problems.addAll("$.", licensing.ValidateConditions(wanted))
	if err := problems.err(); err != nil {
		return nil, err
	}
	err := t.changeConditions(ctx, instanceID, func(current *v1alpha1.Instance) error {
		total := len(current.Spec.AccessConditions)
		for _, condition := range wanted {
			known := findCondition(current, condition.ID) != nil
			if given[condition.ID] && !known {
				return noCondition(condition.ID)
			}
			if !known {
				total++
			}
		}
		if total > licensing.MaxConditions {
			return refuse(Invalid, "$.conditions: the instance would have %d conditions, at most %d are possible", total, licensing.MaxConditions)
		}
		return nil
	}, func(current *v1alpha1.Instance, spec *applyv1alpha1.InstanceSpecApplyConfiguration) {
		for _, condition := range wanted {
			declareCondition(spec, findCondition(current, condition.ID), kubestore.AccessCondition(condition))
		}
	})
	return wanted, err
}

// DeleteCondition deletes a condition that no action refers to.
func (t *Tenant) DeleteCondition(ctx context.Context, instanceID, conditionID string) error {
	return t.deleteConditions(ctx, instanceID, func(current *v1alpha1.Instance) ([]string, error) {
		if findCondition(current, conditionID) == nil {
			return nil, noCondition(conditionID)
		}
		return []string{conditionID}, nil
	})
}

// DeleteConditions deletes all conditions, or none when an action refers to one.
func (t *Tenant) DeleteConditions(ctx context.Context, instanceID string) error {
	return t.deleteConditions(ctx, instanceID, func(current *v1alpha1.Instance) (all []string, _ error) {
		for _, condition := range current.Spec.AccessConditions {
			all = append(all, condition.ID)
		}
		return all, nil
	})
}

func (t *Tenant) deleteConditions(ctx context.Context, instanceID string, which func(*v1alpha1.Instance) ([]string, error)) error {
	var unwanted []string
	return t.changeConditions(ctx, instanceID, func(current *v1alpha1.Instance) error {
		var err error
		if unwanted, err = which(current); err != nil {
			return err
		}
		for _, id := range unwanted {
			path := []string{"f:spec", "f:accessConditions", fmt.Sprintf(`k:{"id":%q}`, id)}
			if managers := declaration.OthersDeclare(current, path...); managers != "" {
				return &Error{Reason: DeclaredElsewhere, Problems: []string{declaredBy("condition "+id, managers)}}
			}
		}
		return t.unused(ctx, current.Name, unwanted)
	}, func(_ *v1alpha1.Instance, spec *applyv1alpha1.InstanceSpecApplyConfiguration) {
		spec.AccessConditions = slices.DeleteFunc(spec.AccessConditions, func(condition applyv1alpha1.AccessConditionApplyConfiguration) bool {
			return slices.Contains(unwanted, *condition.ID)
		})
	})
}

// unused refuses when an action refers to one of the conditions.
func (t *Tenant) unused(ctx context.Context, instance string, conditionIDs []string) error {
	var list v1alpha1.LineItemList
	if err := t.listOf(ctx, instance, &list); err != nil {
		return err
	}
	var uses []string
	for i := range list.Items {
		for _, action := range list.Items[i].Spec.AccessActions {
			if slices.Contains(conditionIDs, action.ConditionID) {
				uses = append(uses, fmt.Sprintf("condition %s is used by action %s of line item %s: change that first",
					action.ConditionID, action.ID, kubestore.ActivationID(&list.Items[i])))
			}
		}
	}
	if len(uses) > 0 {
		return &Error{Reason: ConditionInUse, Problems: uses[:min(len(uses), maxUses)]}
	}
	return nil
}

// maxUses is how many uses of conditions are named.
const maxUses = 8

// changeConditions changes what REST declares of an instance's conditions, if that is possible.
func (t *Tenant) changeConditions(ctx context.Context, instanceID string, possible func(*v1alpha1.Instance) error,
	change func(*v1alpha1.Instance, *applyv1alpha1.InstanceSpecApplyConfiguration),
) error {
	return t.again(ctx, conditionFields, func() error {
		current, err := t.findInstance(ctx, instanceID)
		if err != nil {
			return err
		}
		if err := possible(current); err != nil {
			return err
		}
		if err := t.adopt(ctx, current); err != nil {
			return err
		}
		declared, err := applyv1alpha1.ExtractInstanceFrom(current, string(declaration.FieldManager), "")
		if err != nil {
			return err
		}
		if declared.Spec == nil {
			declared.Spec = applyv1alpha1.InstanceSpec()
		}
		change(current, declared.Spec)
		return t.apply(ctx, declared.WithUID(current.UID).WithResourceVersion(current.ResourceVersion), current)
	})
}

// declareCondition puts a condition into the declaration, unless it stands as it is and is not REST's.
func declareCondition(spec *applyv1alpha1.InstanceSpecApplyConfiguration, current *v1alpha1.AccessCondition, wanted v1alpha1.AccessCondition) {
	declared := applyv1alpha1.AccessCondition().WithID(wanted.ID).WithOperator(wanted.Operator)
	if wanted.Name != "" {
		declared.WithName(wanted.Name)
	}
	for _, term := range wanted.Terms {
		declared.WithTerms(applyv1alpha1.AccessTerm().WithAttribute(term.Attribute).WithOperator(term.Operator).WithValues(term.Values...))
	}
	for i := range spec.AccessConditions {
		if *spec.AccessConditions[i].ID == wanted.ID {
			spec.AccessConditions[i] = *declared
			return
		}
	}
	if current == nil || !sameCondition(*current, wanted) {
		spec.WithAccessConditions(declared)
	}
}

func sameCondition(a, b v1alpha1.AccessCondition) bool {
	return (a.Operator == b.Operator || (a.Operator == "" && b.Operator == v1alpha1.AccessConditionAnd)) && a.Name == b.Name &&
		slices.EqualFunc(a.Terms, b.Terms, func(a, b v1alpha1.AccessTerm) bool {
			return a.Attribute == b.Attribute && a.Operator == b.Operator && slices.Equal(a.Values, b.Values)
		})
}

func findCondition(instance *v1alpha1.Instance, id string) *v1alpha1.AccessCondition {
	for i := range instance.Spec.AccessConditions {
		if instance.Spec.AccessConditions[i].ID == id {
			return &instance.Spec.AccessConditions[i]
		}
	}
	return nil
}

func noCondition(id string) error {
	return refuse(ConditionNotFound, "there is no condition %.128q in the instance", strings.ToValidUTF8(id, ""))
}
