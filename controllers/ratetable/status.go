package ratetable

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// maxLineItems is how many names the status has room for.
const maxLineItems = 64

// Input is everything that the status of a rate table is computed from.
type Input struct {
	Table *v1alpha1.RateTable
	// Problem says why the table has no usable price; nothing below is then set.
	Problem error
	// StandingTable names the older table of the same series and version; empty when this one stands.
	StandingTable string
	// Ruling is the effective table of the series, nil while there is none.
	Ruling *licensing.RateTable
	// NextChange is when another table of the series takes over; zero when none is published.
	NextChange time.Time
	// LineItems are the names of the line items that the series prices, in any order.
	LineItems []string
	Now       time.Time
}

// Status is the whole status of a rate table.
func Status(in Input) v1alpha1.RateTableStatus {
	result := v1alpha1.RateTableStatus{
		ObservedGeneration: in.Table.Generation, Effective: new(in.effective()), LineItemCount: new(int32(0)),
	}
	if in.effective() && in.rules() {
		names := slices.Sorted(slices.Values(in.LineItems))
		result.LineItemCount = new(int32(len(names))) //nolint:gosec // as many as fit in memory
		result.LineItems = names[:min(len(names), maxLineItems)]
	}
	result.Conditions = in.conditions()
	return result
}

// effective tells whether the table's time has come, also when it is over: charges were made by it.
func (in Input) effective() bool {
	reason, _ := in.obstacle()
	return reason == "" && !in.Table.Spec.EffectiveFrom.After(in.Now)
}

// rules tells whether an effective table is the one that prices now.
func (in Input) rules() bool { return in.Ruling == nil || in.Ruling.Name == in.Table.Name }

func (in Input) conditions() []metav1.Condition {
	table := in.Table
	conditions := status.NewConditions(table.Status.Conditions, table.Generation, in.Now)
	priced := fmt.Sprintf("items priced: %d", len(table.Spec.Items))
	from := instant(table.Spec.EffectiveFrom.Time)
	reason, message := in.obstacle()
	switch {
	case reason != "":
		conditions.Stalled(reason, message)
		conditions.False(v1alpha1.ConditionEffective, reason, "it never becomes effective: "+message)
	case !in.effective():
		conditions.Ready(v1alpha1.ReasonReconciled, fmt.Sprintf("%s, from %s on", priced, from))
		conditions.False(v1alpha1.ConditionEffective, v1alpha1.ReasonNotYetEffective, fmt.Sprintf("will rule %s from %s on", seriesName(table), from))
	case in.rules():
		conditions.Ready(v1alpha1.ReasonReconciled, fmt.Sprintf("%s, line items using it: %d", priced, len(in.LineItems)))
		conditions.True(v1alpha1.ConditionEffective, v1alpha1.ReasonCurrent, in.rule())
	default:
		conditions.Ready(v1alpha1.ReasonReconciled, priced+", superseded")
		conditions.True(v1alpha1.ConditionEffective, v1alpha1.ReasonSuperseded,
			fmt.Sprintf("rate table %s, version %s, rules %s since %s", in.Ruling.Name, in.Ruling.Version, seriesName(table), instant(in.Ruling.EffectiveFrom)))
	}
	return conditions.List()
}

// obstacle says why the table can never be used.
func (in Input) obstacle() (reason, message string) {
	var formula *licensing.FormulaError
	switch {
	case in.Problem == nil && in.StandingTable == "":
		return "", ""
	case in.Problem == nil:
		return v1alpha1.ReasonDuplicateVersion, fmt.Sprintf("rate table %s is version %s of %s already: give this one another version",
			in.StandingTable, in.Table.Spec.Version, seriesName(in.Table))
	case errors.As(in.Problem, &formula):
		reason = v1alpha1.ReasonInvalidFormula
	case errors.Is(in.Problem, kubestore.ErrDuplicateItem):
		reason = v1alpha1.ReasonDuplicateItem
	default:
		reason = v1alpha1.ReasonInvalidSpec
	}
	return reason, strings.ReplaceAll(in.Problem.Error(), "\n", "; ")
}

func (in Input) rule() string {
	message := fmt.Sprintf("rules %s since %s", seriesName(in.Table), instant(in.Table.Spec.EffectiveFrom.Time))
	if !in.NextChange.IsZero() {
		message += ", until " + instant(in.NextChange)
	}
	return message
}

func seriesName(table *v1alpha1.RateTable) string {
	if table.Spec.Series == "" {
		return "the line items without a series"
	}
	return "series " + table.Spec.Series
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }
