package lineitem

import (
	"errors"
	"fmt"
	"strings"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func (in Input) conditions() []metav1.Condition {
	conditions := status.NewConditions(in.Object.Status.Conditions, in.Object.Generation, in.Now)
	in.setReady(conditions)
	in.setBound(conditions)
	active, reason, message := in.activity()
	conditions.Set(v1alpha1.ConditionActive, truth(active), reason, message)
	in.setExhausted(conditions)
	return conditions.List()
}

// setReady says whether the line item is in order, which an expired or used up one is too.
func (in Input) setReady(conditions *status.Conditions) {
	active, reason, message := in.activity()
	switch {
	case in.Unusable != nil || in.Terms.Invalid != nil:
		conditions.Stalled(v1alpha1.ReasonInvalidSpec, in.problems())
	case in.StandingLineItem != "":
		conditions.Stalled(v1alpha1.ReasonDuplicateID, in.duplicate())
	case in.Halted:
		conditions.Stalled(v1alpha1.ReasonLedgerNotHealthy, in.halted())
	case !in.InstanceFound:
		conditions.Waiting(v1alpha1.ReasonInstanceNotFound, in.missing())
	case in.NoTerms != nil && in.NoTerms.Reason == v1alpha1.ReasonEditionNotPossible:
		conditions.Stalled(in.NoTerms.Reason, in.NoTerms.Message+": nothing new is granted until editionRef names another one")
	case in.NoTerms != nil:
		conditions.Waiting(in.NoTerms.Reason, in.NoTerms.Message+": nothing new is granted until it does")
	case in.StandingLicense != "":
		conditions.Stalled(v1alpha1.ReasonDuplicateID, fmt.Sprintf(
			"line item %s, which is older, has license id %s already, and clients that name it mean that one", in.StandingLicense, kubestore.LicenseID(in.Object)))
	case in.Account == nil:
		conditions.Waiting(v1alpha1.ReasonLedgerUnavailable, unavailable)
	case !active && reason == v1alpha1.ReasonNoEffectiveRateTable:
		conditions.Waiting(reason, message)
	case len(in.Terms.Problems) > 0:
		conditions.Ready(v1alpha1.ReasonOverrideIgnored, strings.Join(in.Terms.Problems, "; "))
	case in.surplusUsers():
		conditions.Ready(v1alpha1.ReasonUserLimitExceeded, fmt.Sprintf(
			"userLimit is %d: %d users who are switched on have no seat and may not use the license", *in.Terms.UserLimit, in.Users.Waiting))
	default:
		conditions.Ready(v1alpha1.ReasonReconciled, message)
	}
}

func (in Input) setBound(conditions *status.Conditions) {
	switch {
	case !in.InstanceFound:
		conditions.False(v1alpha1.ConditionBound, v1alpha1.ReasonInstanceNotFound, in.missing())
	case in.Halted:
		conditions.False(v1alpha1.ConditionBound, v1alpha1.ReasonLedgerNotHealthy, in.halted())
	case in.Account == nil:
		conditions.Set(v1alpha1.ConditionBound, metav1.ConditionUnknown, v1alpha1.ReasonLedgerUnavailable, unavailable)
	default:
		conditions.True(v1alpha1.ConditionBound, v1alpha1.ReasonInstanceFound, "charges are recorded on instance "+in.Object.Spec.InstanceRef.Name)
	}
}

// activity tells whether the line item may be charged now, else what is in the way first.
func (in Input) activity() (active bool, reason, message string) {
	spec := in.Object.Spec
	start, end := in.LineItem.Window(in.TimezoneTolerant)
	switch {
	case in.Unusable != nil:
		return false, v1alpha1.ReasonInvalidSpec, in.problems()
	case in.StandingLineItem != "":
		return false, v1alpha1.ReasonDuplicateID, in.duplicate()
	case spec.State == v1alpha1.LineItemObsolete:
		return false, v1alpha1.ReasonObsolete, "state is OBSOLETE, which is final"
	case spec.State != v1alpha1.LineItemDeployed:
		return false, v1alpha1.ReasonInactive, fmt.Sprintf("state is %s: not charged until it is DEPLOYED", spec.State)
	case in.Now.Before(start):
		return false, v1alpha1.ReasonNotStarted, fmt.Sprintf("starts at %s%s", text(spec.Start.Time), in.tolerance())
	case !in.Now.Before(end):
		return false, v1alpha1.ReasonExpired, fmt.Sprintf("ended at %s%s", text(spec.End.Time), in.tolerance())
	case !in.LineItem.Elastic:
		return false, v1alpha1.ReasonNotElastic, fmt.Sprintf("elastic is false: sessions are not charged here; valid until %s%s", text(spec.End.Time), in.tolerance())
	case in.Rates == nil && in.NextRates.IsZero():
		return false, v1alpha1.ReasonNoEffectiveRateTable, fmt.Sprintf("no %s is effective: nothing has a price", in.rateTable())
	case in.Rates == nil:
		return false, v1alpha1.ReasonNoEffectiveRateTable, fmt.Sprintf("no %s is effective before %s: nothing has a price", in.rateTable(), text(in.NextRates))
	}
	return true, v1alpha1.ReasonDeployed, fmt.Sprintf("may be charged until %s%s", text(spec.End.Time), in.tolerance())
}

// setExhausted says how much is left, unless no tokens were bought. While the account cannot be read, what was last seen of
// it stays.
func (in Input) setExhausted(conditions *status.Conditions) {
	if in.withoutFigures() || (in.LineItem.Quantity == 0 && in.LineItem.Overdraft.Type == licensing.OverdraftNone) {
		return
	}
	if in.Account == nil {
		if last := apimeta.FindStatusCondition(in.Object.Status.Conditions, v1alpha1.ConditionExhausted); last != nil {
			conditions.Set(last.Type, last.Status, last.Reason, last.Message)
		}
		return
	}
	used, item := in.used(), in.LineItem
	switch {
	case used < item.Quantity:
		conditions.False(v1alpha1.ConditionExhausted, v1alpha1.ReasonTokensAvailable,
			fmt.Sprintf("%s of quantity %s used", used, item.Quantity))
	case item.Overdraft.Type == licensing.OverdraftUnlimited:
		conditions.False(v1alpha1.ConditionExhausted, v1alpha1.ReasonOverdraftInUse,
			fmt.Sprintf("quantity %s is used up; %s of the unlimited overdraft used", item.Quantity, in.overdraftUsed()))
	case item.Available(used) > 0:
		conditions.False(v1alpha1.ConditionExhausted, v1alpha1.ReasonOverdraftInUse,
			fmt.Sprintf("quantity %s is used up; %s of overdraft %s used", item.Quantity, in.overdraftUsed(), item.Overdraft.Limit))
	default:
		conditions.True(v1alpha1.ConditionExhausted, v1alpha1.ReasonTokensUsedUp,
			fmt.Sprintf("%s used of quantity %s and overdraft %s", used, item.Quantity, item.Overdraft.Limit))
	}
}

const unavailable = "the account of the instance cannot be read at the moment; it is tried again"

func (in Input) missing() string {
	return fmt.Sprintf("instance %s does not exist in namespace %s", in.Object.Spec.InstanceRef.Name, in.Object.Namespace)
}

func (in Input) halted() string {
	return fmt.Sprintf("the account of instance %s is not in order, nothing is charged: its condition LedgerHealthy says why", in.Object.Spec.InstanceRef.Name)
}

func (in Input) duplicate() string {
	return fmt.Sprintf("line item %s, which is older, has activation id %s already", in.StandingLineItem, in.LineItem.ActivationID)
}

func (in Input) problems() string {
	return strings.ReplaceAll(errors.Join(in.Unusable, in.Terms.Invalid).Error(), "\n", "; ")
}

func (in Input) rateTable() string {
	if in.Object.Spec.RateTableSeries == "" {
		return "rate table without series"
	}
	return "rate table of series " + in.Object.Spec.RateTableSeries
}

// surplusUsers tells whether users wait for a seat that nobody has to give.
func (in Input) surplusUsers() bool {
	limit := in.Terms.UserLimit
	return limit != nil && in.Users.Seated >= int(*limit) && in.Users.Waiting > 0
}

// tolerance is told where it is in force, because it moves the dates that people see.
func (in Input) tolerance() string {
	if !in.TimezoneTolerant {
		return ""
	}
	return ", 12 hours of timezone tolerance aside"
}

func text(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func truth(holds bool) metav1.ConditionStatus {
	if holds {
		return metav1.ConditionTrue
	}
	return metav1.ConditionFalse
}
