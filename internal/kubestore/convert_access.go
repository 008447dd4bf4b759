package kubestore

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// conditions are those of the account's Instance. One that is gone has none.
func (s *Store) conditions(ctx context.Context, id ledger.AccountID, fresh bool) (licensing.Conditions, error) {
	reader := s.cached
	if fresh {
		reader = s.live
	}
	var instance v1alpha1.Instance
	err := reader.Get(ctx, client.ObjectKey{Namespace: id.Namespace, Name: id.Name}, &instance)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return Conditions(&instance), err
}

// Conditions converts the conditions of an Instance.
func Conditions(instance *v1alpha1.Instance) licensing.Conditions {
	conditions := make(licensing.Conditions, len(instance.Spec.AccessConditions))
	for _, object := range instance.Spec.AccessConditions {
		conditions[object.ID] = Condition(object)
	}
	return conditions
}

// Condition converts a condition. An absent operator means And.
func Condition(object v1alpha1.AccessCondition) licensing.Condition {
	condition := licensing.Condition{ID: object.ID, Name: object.Name, Operator: licensing.ConditionOperator(object.Operator)}
	if condition.Operator == "" {
		condition.Operator = licensing.And
	}
	for _, term := range object.Terms {
		condition.Terms = append(condition.Terms, licensing.Term{
			Attribute: term.Attribute, Operator: licensing.TermOperator(term.Operator), Values: term.Values,
		})
	}
	return condition
}

// AccessCondition is the inverse of Condition.
func AccessCondition(condition licensing.Condition) v1alpha1.AccessCondition {
	object := v1alpha1.AccessCondition{ID: condition.ID, Name: condition.Name, Operator: v1alpha1.AccessConditionOperator(condition.Operator)}
	for _, term := range condition.Terms {
		object.Terms = append(object.Terms, v1alpha1.AccessTerm{
			Attribute: term.Attribute, Operator: v1alpha1.AccessTermOperator(term.Operator), Values: term.Values,
		})
	}
	return object
}

// Actions converts the actions of a line item. It fails on an allocation that cannot be accounted for.
func Actions(objects []v1alpha1.AccessAction) ([]licensing.Action, error) {
	var converted []licensing.Action
	for i, object := range objects {
		action := licensing.Action{
			ID: object.ID, Name: object.Name, ConditionID: object.ConditionID, Allow: object.Action == v1alpha1.AccessActionAllow,
		}
		if object.Allocation != "" {
			allocation, err := tokens(object.Allocation)
			if err != nil {
				return nil, fmt.Errorf("spec.accessActions[%d].allocation: %w", i, err)
			}
			action.Allocation = &allocation
		}
		converted = append(converted, action)
	}
	return converted, nil
}

// AccessAction converts back what Actions converts.
func AccessAction(action licensing.Action) v1alpha1.AccessAction {
	object := v1alpha1.AccessAction{ID: action.ID, Name: action.Name, ConditionID: action.ConditionID, Action: v1alpha1.AccessActionDeny}
	if action.Allow {
		object.Action = v1alpha1.AccessActionAllow
	}
	if action.Allocation != nil {
		object.Allocation = v1alpha1.Decimal(action.Allocation.String())
	}
	return object
}
