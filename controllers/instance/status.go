package instance

import (
	"fmt"
	"math"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage/outbox"
)

// Input is everything that the status of an Instance is computed from.
type Input struct {
	Instance *v1alpha1.Instance
	// Account is what the account holds; nil when it could not be opened. Incident says why, unless it is a passing
	// failure. PastUnknown tells that there is none, and that none is made before the usage record can be read.
	Account     *ledger.Snapshot
	Incident    *ledger.Incident
	PastUnknown bool
	// Remembered is the status as it was when the account was last in order.
	Remembered v1alpha1.InstanceStatus

	Catalog                      licensing.Catalog
	LineItems                    int
	ActiveSessions, IdleSessions int
	// OfAccount are the Instances of the same customer account, this one among them.
	OfAccount []*v1alpha1.Instance
	// Usage is how the usage records fare; nil where none are kept.
	Usage *outbox.State
	Now   time.Time
}

// Status is the whole status of an Instance.
func Status(in Input) v1alpha1.InstanceStatus {
	instance := in.Instance
	result := v1alpha1.InstanceStatus{
		ObservedGeneration: instance.Generation,
		InstanceID:         kubestore.InstanceID(instance),
		CustomerID:         kubestore.CustomerID(instance),
		Default:            new(kubestore.IsDefault(instance, in.OfAccount)),
		Tokens:             in.Remembered.Tokens,
		LineItems:          count(in.LineItems),
		LiveSessions:       &v1alpha1.LiveSessions{Active: count(in.ActiveSessions), Idle: count(in.IdleSessions)},
		Ledger:             in.Remembered.Ledger,
	}
	if in.Account != nil {
		result.Tokens = in.tokens()
		result.Ledger = &v1alpha1.LedgerStatus{
			Account:  kubestore.AccountName(accountID(instance)),
			Sequence: &in.Account.Sequence, Hash: in.Account.Hash,
			LastCommitTime: &metav1.MicroTime{Time: in.Account.Time},
		}
	}
	result.Conditions = in.conditions()
	return result
}

func (in Input) conditions() []metav1.Condition {
	conditions := status.NewConditions(in.Instance.Status.Conditions, in.Instance.Generation, in.Now)
	switch {
	case in.Incident != nil:
		reason, message := in.incidentReason(), in.remedy()
		conditions.Stalled(reason, message)
		conditions.False(v1alpha1.ConditionLedgerHealthy, reason, message)
	case in.Account == nil:
		message := "the account cannot be read at the moment; it is tried again"
		if in.PastUnknown {
			message = "there is no account, and none is made before the store of usage records can be asked whether there was one; it is tried again"
		}
		conditions.Waiting(v1alpha1.ReasonLedgerUnavailable, message)
		conditions.Set(v1alpha1.ConditionLedgerHealthy, metav1.ConditionUnknown, v1alpha1.ReasonLedgerUnavailable, message)
	default:
		conditions.Ready(v1alpha1.ReasonReconciled, in.summary())
		conditions.True(v1alpha1.ConditionLedgerHealthy, v1alpha1.ReasonLedgerInOrder, "the account is there, in sequence and unaltered")
	}
	if in.Usage != nil {
		usageCondition(conditions, *in.Usage)
	}
	return conditions.List()
}

// incidentReason is known by the kind of incident that its id begins with.
func (in Input) incidentReason() string {
	kind, _, _ := strings.Cut(in.Incident.ID, "-")
	switch {
	case kind == "missing":
		return v1alpha1.ReasonAccountMissing
	case kind == "behind":
		return v1alpha1.ReasonSequenceWentBack
	case kind == "tampered" && !in.acceptable():
		return v1alpha1.ReasonAccountUnreadable
	}
	return v1alpha1.ReasonHashChainBroken
}

// acceptable tells whether there is an account to go on with: one whose head cannot be read has sequence 0, which no
// account ever has.
func (in Input) acceptable() bool { return !strings.HasPrefix(in.Incident.ID, "tampered-0-") }

// remedy says what was found and the two ways out of it.
func (in Input) remedy() string {
	name := kubestore.AccountName(accountID(in.Instance))
	if !in.acceptable() {
		return fmt.Sprintf("%s. Nothing is charged until ConfigMap %s is put back as it was, or deleted and its loss accepted", in.Incident.Message, name)
	}
	return fmt.Sprintf("%s. Nothing is charged until ConfigMap %s is put back as it was, or what is there now is accepted (of a missing "+
		"account nothing: all tokens become available again) with: kubectl annotate instance %s -n %s %s=%s --overwrite",
		in.Incident.Message, name, in.Instance.Name, in.Instance.Namespace, kubestore.AcceptLedgerAnnotation, in.Incident.ID)
}

func (in Input) summary() string {
	usable := 0
	for _, lineItem := range in.Catalog.LineItems {
		if lineItem.UsableAt(in.Now, in.Catalog.TimezoneTolerant) {
			usable++
		}
	}
	if usable == 0 {
		return fmt.Sprintf("none of %d line items can be charged now", in.LineItems)
	}
	return fmt.Sprintf("%d of %d line items can be charged now", usable, in.LineItems)
}

// tokens sums up the line items that can be charged now: what is available is then what a session could get.
func (in Input) tokens() *v1alpha1.InstanceTokens {
	var entitled, used, available licensing.Tokens
	unlimited := false
	for _, lineItem := range in.Catalog.LineItems {
		if !lineItem.UsableAt(in.Now, in.Catalog.TimezoneTolerant) {
			continue
		}
		usage := in.Account.Usage[lineItem.ActivationID]
		entitled, used = sum(entitled, lineItem.Quantity), sum(used, usage)
		available = sum(available, lineItem.Available(usage))
		unlimited = unlimited || lineItem.Overdraft.Type == licensing.OverdraftUnlimited
	}
	tokens := &v1alpha1.InstanceTokens{
		Entitled: v1alpha1.Decimal(entitled.String()), Used: v1alpha1.Decimal(used.String()), Unlimited: &unlimited,
	}
	if !unlimited {
		tokens.Available = v1alpha1.Decimal(available.String())
	}
	return tokens
}

// windows are the moments at which line items begin and cease to be valid.
func (in Input) windows() []time.Time {
	moments := make([]time.Time, 0, 2*len(in.Catalog.LineItems))
	for _, lineItem := range in.Catalog.LineItems {
		start, end := lineItem.Window(in.Catalog.TimezoneTolerant)
		moments = append(moments, start, end)
	}
	return moments
}

// sum stops at what can be counted; no sale comes near it.
func sum(a, b licensing.Tokens) licensing.Tokens {
	total, err := a.Add(b)
	if err != nil {
		return licensing.MaxTokens
	}
	return total
}

func count(n int) *int32 { return new(int32(min(n, math.MaxInt32))) } //nolint:gosec // bounded
