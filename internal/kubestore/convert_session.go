package kubestore

import (
	"errors"
	"fmt"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// SessionSubject names the session to the ledger.
func SessionSubject(session *v1alpha1.Session) ledger.Subject {
	return ledger.Subject{Kind: ledger.SessionSubject, Namespace: session.Namespace, Name: session.Name, UID: string(session.UID)}
}

// SessionID is the id by which REST clients know the session.
func SessionID(session *v1alpha1.Session) string {
	if session.Spec.SessionID != "" {
		return session.Spec.SessionID
	}
	return string(session.UID)
}

// AccountOfSession is the account that the session is charged on.
func AccountOfSession(session *v1alpha1.Session) ledger.AccountID {
	namespace := session.Spec.InstanceRef.Namespace
	if namespace == "" {
		namespace = session.Namespace
	}
	return ledger.AccountID{Namespace: namespace, Name: session.Spec.InstanceRef.Name}
}

// Requester converts who uses the items.
func Requester(requester v1alpha1.Requester) licensing.Requester {
	return licensing.Requester{Type: requester.Type, Value: requester.Value, Dictionary: requester.Dictionary}
}

// statusRequester is the inverse of Requester.
func statusRequester(requester licensing.Requester) *v1alpha1.Requester {
	if requester.Type == "" {
		return nil
	}
	return &v1alpha1.Requester{Type: requester.Type, Value: requester.Value, Dictionary: requester.Dictionary}
}

// RequestedItems converts the items of a spec and reports everything that is wrong with them.
func RequestedItems(items []v1alpha1.RequestedItem) ([]licensing.RequestedItem, error) {
	converted := make([]licensing.RequestedItem, len(items))
	var problems []error
	for i, item := range items {
		var err error
		if converted[i], err = requestedItem(item); err != nil {
			problems = append(problems, fmt.Errorf("requestedItems[%d].%w", i, err))
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return converted, licensing.ValidateItems(converted)
}

func requestedItem(item v1alpha1.RequestedItem) (licensing.RequestedItem, error) {
	count, err := licensing.ParseCount(item.Count.String())
	if err != nil {
		return licensing.RequestedItem{}, fmt.Errorf("count: %w", err)
	}
	converted := licensing.RequestedItem{Name: item.Item, Version: item.Version, Count: count}
	if converted.Variables, err = decimals(item.Variables); err != nil {
		return licensing.RequestedItem{}, fmt.Errorf("variables.%w", err)
	}
	if item.MetaData != nil {
		converted.MetaData = item.MetaData.Raw
	}
	return converted, nil
}

// SessionState reads the ledger's part of a session's status.
func SessionState(session *v1alpha1.Session) (licensing.Session, error) {
	status := session.Status.SessionLedgerStatus
	if status.Revision == 0 {
		return licensing.NewSession(session.CreationTimestamp.UTC()), nil
	}
	state := licensing.Session{
		Revision:            status.Revision,
		State:               licensing.SessionState(status.State),
		PeriodStart:         instant(status.PeriodStart),
		ChargedUntil:        instant(status.ChargedUntil),
		LastAutomaticCharge: instant(status.LastAutomaticChargeTime),
		HeartbeatDeadline:   instant(status.HeartbeatDeadline),
		LastAccess:          instant(status.LastAccessTime),
		IdleSince:           instant(status.IdleSince),
		TerminatedAt:        instant(status.TerminatedTime),
		TerminatedReason:    licensing.TerminatedReason(status.TerminatedReason),
	}
	if status.Requester != nil {
		state.Requester = Requester(*status.Requester)
	}
	if status.Claim != nil {
		state.Declared = licensing.Declaration{Generation: status.Claim.Generation, Digest: status.Claim.Digest}
	}
	var problems []error
	parse := func(decimal v1alpha1.Decimal) licensing.Tokens {
		tokens, err := tokens(decimal)
		problems = append(problems, err)
		return tokens
	}
	if status.Totals != nil {
		state.Charged, state.Refunded = parse(status.Totals.Charged), parse(status.Totals.Refunded)
	}
	for _, charged := range status.Items {
		item, err := requestedItem(v1alpha1.RequestedItem{
			Item: charged.Item, Version: charged.Version, Count: charged.Count, Variables: charged.Variables, MetaData: charged.MetaData,
		})
		problems = append(problems, err)
		converted := licensing.SessionItem{RequestedItem: item}
		for _, charge := range charged.LineItems {
			converted.Charges = append(converted.Charges, licensing.LineItemCharge{
				ActivationID: charge.ActivationID, ActionID: charge.ActionID, Rate: parse(charge.Rate), Tokens: parse(charge.Tokens),
				RateTable: charge.RateTable, Series: charge.Series,
			})
		}
		state.Items = append(state.Items, converted)
	}
	if err := errors.Join(problems...); err != nil {
		return state, fmt.Errorf("status of session %s/%s: %w", session.Namespace, session.Name, err)
	}
	return state, nil
}

// sessionLedgerStatus is the inverse of SessionState.
func sessionLedgerStatus(state licensing.Session) v1alpha1.SessionLedgerStatus {
	status := v1alpha1.SessionLedgerStatus{
		Revision:                state.Revision,
		State:                   v1alpha1.SessionState(state.State),
		Requester:               statusRequester(state.Requester),
		PeriodStart:             microTime(state.PeriodStart),
		ChargedUntil:            microTime(state.ChargedUntil),
		LastAutomaticChargeTime: microTime(state.LastAutomaticCharge),
		HeartbeatDeadline:       microTime(state.HeartbeatDeadline),
		LastAccessTime:          microTime(state.LastAccess),
		IdleSince:               microTime(state.IdleSince),
		TerminatedTime:          microTime(state.TerminatedAt),
		TerminatedReason:        v1alpha1.TerminatedReason(state.TerminatedReason),
		Totals: &v1alpha1.SessionTotals{
			Charged: v1alpha1.Decimal(state.Charged.String()), Refunded: v1alpha1.Decimal(state.Refunded.String()),
		},
	}
	if state.State == licensing.Active {
		status.NextChargeTime = microTime(state.ChargedUntil)
	}
	if state.Declared.Generation != 0 {
		status.Claim = &v1alpha1.SessionClaim{Generation: state.Declared.Generation, Digest: state.Declared.Digest}
	}
	for _, item := range state.Items {
		status.Items = append(status.Items, chargedItem(item))
	}
	return status
}

func chargedItem(item licensing.SessionItem) v1alpha1.ChargedItem {
	charged := v1alpha1.ChargedItem{Item: item.Name, Version: item.Version, Count: v1alpha1.Decimal(item.Count.String())}
	var total licensing.Tokens
	for _, charge := range item.Charges {
		total += charge.Tokens
		charged.LineItems = append(charged.LineItems, v1alpha1.LineItemCharge{
			ActivationID: charge.ActivationID, ActionID: charge.ActionID, Rate: v1alpha1.Decimal(charge.Rate.String()),
			Tokens: v1alpha1.Decimal(charge.Tokens.String()), RateTable: charge.RateTable, Series: charge.Series,
		})
	}
	charged.Tokens = v1alpha1.Decimal(total.String())
	for name, value := range item.Variables {
		if charged.Variables == nil {
			charged.Variables = make(map[string]v1alpha1.Decimal, len(item.Variables))
		}
		charged.Variables[name] = v1alpha1.Decimal(value.String())
	}
	if item.MetaData != nil {
		charged.MetaData = &apiextensionsv1.JSON{Raw: item.MetaData}
	}
	return charged
}

func tokens(decimal v1alpha1.Decimal) (licensing.Tokens, error) {
	if decimal == "" {
		return 0, nil
	}
	return licensing.ParseTokens(decimal.String())
}

func decimals(values map[string]v1alpha1.Decimal) (map[string]licensing.Tokens, error) {
	if len(values) == 0 {
		return nil, nil
	}
	converted := make(map[string]licensing.Tokens, len(values))
	for name, value := range values {
		parsed, err := tokens(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		converted[name] = parsed
	}
	return converted, nil
}

func instant(t *metav1.MicroTime) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func microTime(t time.Time) *metav1.MicroTime {
	if t.IsZero() {
		return nil
	}
	return &metav1.MicroTime{Time: t}
}
