package declaration

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	applyv1alpha1 "github.com/licensing-operator/licensing-operator/api/v1alpha1/applyconfiguration/api/v1alpha1"
)

// LineItem changes what REST declares of a line item, and reads what has become of it.
func LineItem(ctx context.Context, live client.Client, current *v1alpha1.LineItem, change func(*applyv1alpha1.LineItemApplyConfiguration)) error {
	if err := Adopt(ctx, live, current); err != nil {
		return err
	}
	// What was generated cannot extract decimals that are integers, which only these have.
	bare := current.DeepCopy()
	bare.Spec.AccessActions, bare.Spec.Limitations = nil, nil
	declared, err := applyv1alpha1.ExtractLineItemFrom(bare, string(FieldManager), "")
	if err != nil {
		return err
	}
	if declared.Spec == nil {
		declared.Spec = applyv1alpha1.LineItemSpec()
	}
	if IsOurs(current, "f:spec", "f:accessActions") {
		declared.Spec.WithAccessActions(AccessActions(current.Spec.AccessActions)...)
	}
	for i := range current.Spec.Limitations {
		path := []string{"f:spec", "f:limitations", elementOf(current.Spec.Limitations[i].ID)}
		if IsOurs(current, path...) {
			declared.Spec.WithLimitations(oursOf(current, path, Limitation(current.Spec.Limitations[i])))
		}
	}
	change(declared)
	return Apply(ctx, live, declared.WithUID(current.UID).WithResourceVersion(current.ResourceVersion), current)
}

// elementOf is how the API server names an element of a list that has ids for keys.
func elementOf(id string) string { return `k:{"id":"` + id + `"}` }

// oursOf leaves out of a limitation what others alone declare.
func oursOf(object client.Object, path []string, limitation *applyv1alpha1.LimitationApplyConfiguration) *applyv1alpha1.LimitationApplyConfiguration {
	keep(object, path, "f:name", &limitation.Name)
	keep(object, path, "f:limit", &limitation.Limit)
	keep(object, path, "f:userProvisioning", &limitation.UserProvisioning)
	keep(object, path, "f:resetMode", &limitation.ResetMode)
	keep(object, path, "f:resetPeriodDays", &limitation.ResetPeriodDays)
	keep(object, path, "f:goodwill", &limitation.Goodwill)
	keep(object, path, "f:enforce", &limitation.Enforce)
	return limitation
}

func keep[T any](object client.Object, path []string, field string, value **T) {
	if !IsOurs(object, append(path[:len(path):len(path)], field)...) {
		*value = nil
	}
}

// Limitation declares a limitation as it is.
func Limitation(object v1alpha1.Limitation) *applyv1alpha1.LimitationApplyConfiguration {
	return &applyv1alpha1.LimitationApplyConfiguration{
		ID: &object.ID, Name: unlessZero(object.Name), Limit: object.Limit, UserProvisioning: object.UserProvisioning,
		ResetMode: unlessZero(object.ResetMode), ResetPeriodDays: unlessZero(object.ResetPeriodDays),
		Goodwill: unlessZero(object.Goodwill), Enforce: object.Enforce,
	}
}

// AccessActions declares rules of access as they are.
func AccessActions(objects []v1alpha1.AccessAction) (declared []*applyv1alpha1.AccessActionApplyConfiguration) {
	for _, object := range objects {
		declared = append(declared, &applyv1alpha1.AccessActionApplyConfiguration{
			ID: &object.ID, Action: &object.Action, Name: unlessZero(object.Name), ConditionID: unlessZero(object.ConditionID),
			Allocation: unlessZero(object.Allocation),
		})
	}
	return declared
}

func unlessZero[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}
