package licensing

import (
	"errors"
	"slices"
	"time"
)

var errRefundBeyondUse = errors.New("a refund is larger than what is used")

// SessionState is the state of a session that clients see (dynamic-monetization.md 1.6).
type SessionState string

// The states of a session. The zero value is that of a session no transaction has touched yet, and is IDLE.
const (
	Idle       SessionState = "IDLE"
	Active     SessionState = "ACTIVE"
	Terminated SessionState = "TERMINATED"
)

// TerminatedReason says why a session ended.
type TerminatedReason string

// The reasons for which a session ends.
const (
	Closed                TerminatedReason = "Closed"
	HeartbeatMissed       TerminatedReason = "HeartbeatMissed"
	NotAffordable         TerminatedReason = "NotAffordable"
	IdleTooLong           TerminatedReason = "IdleTooLong"
	DeniedWithoutRollback TerminatedReason = "DeniedWithoutRollback"
)

// SessionItem is an item of a running session with what was charged for the running period.
type SessionItem struct {
	RequestedItem
	Charges []LineItemCharge `json:"charges,omitempty"`
}

// Declaration identifies the claim that a Session object's spec declares. A session driven by calls has none.
type Declaration struct {
	Generation int64  `json:"generation,omitempty"`
	Digest     string `json:"digest,omitempty"`
}

// Session is the state of a session after its last transaction. Values are never changed in place.
type Session struct {
	// Revision counts the transactions.
	Revision int64        `json:"revision"`
	State    SessionState `json:"state"`
	// Requester is on whose behalf the last granted request was made, and everything since.
	Requester Requester `json:"requester,omitzero"`
	// Items are empty unless the session is ACTIVE.
	Items    []SessionItem `json:"items,omitempty"`
	Declared Declaration   `json:"declared,omitzero"`
	// PeriodStart and ChargedUntil bound the period that is paid. The next automatic charge is due at ChargedUntil.
	PeriodStart  time.Time `json:"periodStart,omitzero"`
	ChargedUntil time.Time `json:"chargedUntil,omitzero"`
	// LastAutomaticCharge is the scheduled time of the last automatic charge of this timeline: a heartbeat is wanted
	// between it and HeartbeatDeadline. Both are zero while none is wanted.
	LastAutomaticCharge time.Time `json:"lastAutomaticCharge,omitzero"`
	HeartbeatDeadline   time.Time `json:"heartbeatDeadline,omitzero"`
	LastAccess          time.Time `json:"lastAccess,omitzero"`
	IdleSince           time.Time `json:"idleSince,omitzero"`

	TerminatedAt     time.Time        `json:"terminatedAt,omitzero"`
	TerminatedReason TerminatedReason `json:"terminatedReason,omitempty"`
	// Charged and Refunded are totals over the session's life.
	Charged  Tokens `json:"charged"`
	Refunded Tokens `json:"refunded"`
}

// NewSession is a session that has just been created.
func NewSession(created time.Time) Session { return Session{State: Idle, IdleSince: created} }

// HoldsChargeOn tells whether a refund of the running period could go to the line item.
func (s Session) HoldsChargeOn(activationID string) bool {
	return slices.ContainsFunc(s.Items, func(item SessionItem) bool {
		return slices.ContainsFunc(item.Charges, func(c LineItemCharge) bool { return c.ActivationID == activationID })
	})
}

// Terms are the producer's settings for sessions.
type Terms struct {
	// Period is how long one charge lasts.
	Period time.Duration
	// HeartbeatWindow is how long after an automatic charge a heartbeat is awaited; decision 13: half the period.
	HeartbeatWindow time.Duration
	// HeartbeatGrace is how long after the window the server waits before it ends the session, for clock skew between
	// replicas and slow writes. Clients are not told of it.
	HeartbeatGrace time.Duration
	// IdleLimit is how long a session may be IDLE.
	IdleLimit time.Duration
}

// Verdict is the answer to a request on a session.
type Verdict string

// The verdicts. Unchanged is a request that was already answered, or that asks for nothing.
const (
	Granted   Verdict = "Granted"
	Denied    Verdict = "Denied"
	Unchanged Verdict = "Unchanged"
)

// Cause says what made a transaction.
type Cause string

// The causes of transactions.
const (
	CauseOneOff          Cause = "OneOff"
	CauseAccess          Cause = "Access"
	CauseHalt            Cause = "Halt"
	CauseAutomaticCharge Cause = "AutomaticCharge"
	CausePeriodForgiven  Cause = "PeriodForgiven"
	CauseHeartbeatMissed Cause = "HeartbeatMissed"
	CauseNotAffordable   Cause = "NotAffordable"
	CauseIdleTooLong     Cause = "IdleTooLong"
	CauseDenied          Cause = "DeniedWithoutRollback"
	CauseClosed          Cause = "Closed"
	CauseProvisioned     Cause = "Provisioned"
	CauseRevoked         Cause = "Revoked"
	CauseRecounted       Cause = "Recounted"
	CauseConsumed        Cause = "Consumed"
	CauseRolledBack      Cause = "RolledBack"
	CauseReset           Cause = "Reset"
	// CauseRefused is of a transaction that says what was refused, and changes nothing.
	CauseRefused Cause = "Refused"
)

// Outcome is what a request or a due event does to a session. Without Changed there is no transaction.
type Outcome struct {
	Verdict Verdict
	Cause   Cause
	Changed bool
	Next    Session
	// Requester is on whose behalf the transaction is made.
	Requester Requester
	Entries   []Entry
	Items     []ItemResult
	// Message tells a denied caller why, naming item, limit, asked and available.
	Message string
}

func unchanged(s Session) Outcome { return Outcome{Verdict: Unchanged, Next: s} }

// end stops all timers and gives nothing back; refunds are the caller's.
func (s Session) end(reason TerminatedReason, now time.Time) Session {
	s.State, s.TerminatedReason, s.TerminatedAt = Terminated, reason, now
	s.Items, s.IdleSince = nil, time.Time{}
	return s.withoutHeartbeat()
}

func (s Session) withoutHeartbeat() Session {
	s.LastAutomaticCharge, s.HeartbeatDeadline = time.Time{}, time.Time{}
	return s
}

func (s Session) requestedItems() []RequestedItem {
	items := make([]RequestedItem, len(s.Items))
	for i, item := range s.Items {
		items[i] = item.RequestedItem
	}
	return items
}
