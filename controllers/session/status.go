package session

import (
	"fmt"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Status computes the controller's part of a session's status. The ledger's part is written through by the ledger.
func Status(o Observation) v1alpha1.SessionStatus {
	desired := v1alpha1.SessionStatus{
		ObservedGeneration: o.Session.Generation,
		SessionID:          kubestore.SessionID(o.Session),
		InstanceID:         o.Session.Status.InstanceID,
		Denied:             o.denial(),
	}
	if o.Instance != nil && !o.excluded() {
		desired.InstanceID = o.Instance.Status.InstanceID
	}
	conditions := status.NewConditions(o.Session.Status.Conditions, o.Session.Generation, o.Now)
	o.setConditions(conditions, desired.Denied)
	desired.Conditions = conditions.List()
	return desired
}

// denial is the standing refusal of the claim in the spec, if there is one.
func (o *Observation) denial() *v1alpha1.Denial {
	if o.Answer == nil {
		if o.deniedBefore() {
			return o.Session.Status.Denied
		}
		return nil
	}
	if o.Answer.Verdict != licensing.Denied {
		return nil
	}
	denied := &v1alpha1.Denial{
		Generation: o.Session.Generation, Digest: o.Digest, Time: &metav1.MicroTime{Time: o.AnsweredAt.UTC()}, Reason: v1alpha1.ReasonTerminated,
	}
	for _, result := range o.Answer.Items {
		item := deniedItem(result)
		if item.Status == v1alpha1.DeniedItemDenied && denied.Reason == v1alpha1.ReasonTerminated {
			denied.Reason = item.Reason // that of the first
		}
		denied.Items = append(denied.Items, item)
	}
	if next := licensing.NextChange(o.Answer.Items); !next.IsZero() {
		denied.NextChangeTime = &metav1.MicroTime{Time: next.UTC()}
	}
	return denied
}

// deniedReasons are the API's names for why an item is refused.
var deniedReasons = map[licensing.ItemStatus]string{
	licensing.ItemInsufficientTokens: v1alpha1.ReasonNotEnoughTokens,
	licensing.ItemNotFound:           v1alpha1.ReasonItemNotPriced,
	licensing.ItemNotPriceable:       v1alpha1.ReasonInvalidFormula,
	licensing.ItemNoActiveLineItem:   v1alpha1.ReasonNoUsableLineItem,
	licensing.ItemDeniedByRule:       v1alpha1.ReasonDeniedByRule,
	licensing.ItemUserNotProvisioned: v1alpha1.ReasonUserNotProvisioned,
}

func deniedItem(result licensing.ItemResult) v1alpha1.DeniedItem {
	item := v1alpha1.DeniedItem{
		Item: result.Item.Name, Version: result.Item.Version, Message: inShort(result.Message),
		Status: v1alpha1.DeniedItemDenied, Reason: deniedReasons[result.Status],
	}
	if result.Status == licensing.ItemNotCharged {
		item.Status, item.Reason = v1alpha1.DeniedItemNotCharged, string(v1alpha1.DeniedItemNotCharged)
	}
	if result.Status == licensing.ItemInsufficientTokens {
		item.Required, item.Available = v1alpha1.Decimal(result.Required.String()), v1alpha1.Decimal(result.Available.String())
	}
	return item
}

// inShort is a message that fits the kind: ids that are as long as they may be would make it too long.
func inShort(message string) string {
	const most = 1024
	if runes := []rune(message); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return message
}

func (o *Observation) setConditions(conditions *status.Conditions, denied *v1alpha1.Denial) {
	session := o.Session.Status
	state, reason := session.State, session.TerminatedReason
	if o.Answer != nil {
		state = v1alpha1.SessionState(o.Answer.Next.State)
		reason = v1alpha1.TerminatedReason(o.Answer.Next.TerminatedReason)
	}
	switch {
	case state == v1alpha1.SessionTerminated:
		message := fmt.Sprintf("the session is TERMINATED (%s); create a new session to claim again", reason)
		if denied != nil {
			message = o.deniedMessage(denied) + "; " + message
		}
		conditions.False(v1alpha1.ConditionGranted, v1alpha1.ReasonTerminated, message)
		conditions.Stalled(v1alpha1.ReasonTerminated, message)
	case o.Obstacle != nil && o.Obstacle.Passing:
		conditions.False(v1alpha1.ConditionGranted, o.Obstacle.Reason, o.Obstacle.Message)
		conditions.Waiting(o.Obstacle.Reason, o.Obstacle.Message)
	case o.Obstacle != nil:
		conditions.False(v1alpha1.ConditionGranted, o.Obstacle.Reason, o.Obstacle.Message)
		conditions.Stalled(o.Obstacle.Reason, o.Obstacle.Message)
	case denied != nil:
		message := o.deniedMessage(denied)
		conditions.False(v1alpha1.ConditionGranted, denied.Reason, message)
		conditions.Stalled(denied.Reason, message)
	case o.Unavailable != nil:
		o.setUnavailable(conditions)
	case state == v1alpha1.SessionActive:
		message := "all requested items are charged"
		if o.Session.Spec.RequestedItems == nil {
			message = "what was asked for by calls is charged; this object declares nothing in spec.requestedItems"
		}
		conditions.True(v1alpha1.ConditionGranted, v1alpha1.ReasonGranted, message)
		conditions.Ready(v1alpha1.ReasonGranted, message)
	case o.Session.Spec.RequestedItems == nil:
		conditions.False(v1alpha1.ConditionGranted, v1alpha1.ReasonNothingRequested, "nothing is asked for: calls decide, as this object declares nothing in spec.requestedItems")
		conditions.Ready(v1alpha1.ReasonNothingRequested, "the session is open and uses nothing")
	default:
		conditions.False(v1alpha1.ConditionGranted, v1alpha1.ReasonHalted, "spec.requestedItems is empty: nothing is charged")
		conditions.Ready(v1alpha1.ReasonHalted, "the session is halted and uses nothing")
	}
}

// setUnavailable keeps Granted as it was: a running session is not refused because the ledger is busy.
func (o *Observation) setUnavailable(conditions *status.Conditions) {
	granted := find(o.Session.Status.Conditions, v1alpha1.ConditionGranted)
	if granted != nil && o.Session.Status.State == v1alpha1.SessionActive {
		conditions.Set(v1alpha1.ConditionGranted, granted.Status, granted.Reason, granted.Message)
	} else {
		conditions.Set(v1alpha1.ConditionGranted, metav1.ConditionUnknown, v1alpha1.ReasonPending, "the claim is not decided yet")
	}
	if halted(o.Unavailable) {
		// What was found is the producer's to know, and its to mend: nothing goes on by itself.
		conditions.Stalled(v1alpha1.ReasonLedgerNotHealthy, fmt.Sprintf(
			"charging on Instance %s has stopped until its producer has looked at its condition LedgerHealthy; the claim is not denied",
			kubestore.AccountOfSession(o.Session)))
		return
	}
	// The cause differs from try to try; the message must not, or every try would be a write.
	conditions.Waiting(v1alpha1.ReasonLedgerUnavailable, "the ledger cannot decide now; the claim is tried again")
}

func (o *Observation) deniedMessage(denied *v1alpha1.Denial) string {
	message := "denied: "
	separator := ""
	for _, item := range denied.Items {
		if item.Status == v1alpha1.DeniedItemDenied {
			message += separator + item.Message
			separator = "; "
		}
	}
	if o.Session.Status.State == v1alpha1.SessionActive {
		message += "; the items granted before stay charged"
	}
	return message
}

func find(conditions []metav1.Condition, conditionType string) *metav1.Condition {
	return apimeta.FindStatusCondition(conditions, conditionType)
}
