package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// SessionState says whether a session is charged.
// +kubebuilder:validation:Enum=IDLE;ACTIVE;TERMINATED
type SessionState string

const (
	// SessionIdle holds nothing and is not charged. It ends after 30 days.
	SessionIdle SessionState = "IDLE"
	// SessionActive holds items and is charged for each period in advance.
	SessionActive SessionState = "ACTIVE"
	// SessionTerminated has ended for good: it accepts no request and stays
	// readable for a while.
	SessionTerminated SessionState = "TERMINATED"
)

// TerminatedReason says why a session ended.
// +kubebuilder:validation:Enum=Closed;HeartbeatMissed;NotAffordable;IdleTooLong;DeniedWithoutRollback
type TerminatedReason string

const (
	// TerminatedClosed is an end asked for: the rest of the running period was
	// refunded.
	TerminatedClosed TerminatedReason = "Closed"
	// TerminatedHeartbeatMissed is an end because no heartbeat came in time after
	// an automatic charge: that charge was refunded whole.
	TerminatedHeartbeatMissed TerminatedReason = "HeartbeatMissed"
	// TerminatedNotAffordable is an end because the tokens available did not cover
	// an automatic charge. Nothing was left to refund.
	TerminatedNotAffordable TerminatedReason = "NotAffordable"
	// TerminatedIdleTooLong is an end after 30 days without holding anything.
	TerminatedIdleTooLong TerminatedReason = "IdleTooLong"
	// TerminatedDeniedWithoutRollback is an end because a request with
	// rollbackOnDeny false was denied: the rest of the running period was refunded.
	TerminatedDeniedWithoutRollback TerminatedReason = "DeniedWithoutRollback"
)

// SessionLedgerStatus is the part of a session's status that is written through
// from the ledger, in one patch per transaction.
type SessionLedgerStatus struct {
	// revision counts the transactions of the ledger on this session. It orders
	// what is written through: an older result never replaces a newer one.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Revision int64 `json:"revision,omitempty"`

	// state is IDLE (holds nothing), ACTIVE (holds items and is charged) or
	// TERMINATED (has ended).
	// +optional
	State SessionState `json:"state,omitempty"`

	// terminatedReason tells why the session ended: Closed, HeartbeatMissed,
	// NotAffordable, IdleTooLong or DeniedWithoutRollback.
	// +optional
	TerminatedReason TerminatedReason `json:"terminatedReason,omitempty"`

	// terminatedTime is when the session ended.
	// +optional
	TerminatedTime *metav1.MicroTime `json:"terminatedTime,omitempty"`

	// requester is on whose behalf the last granted request was made: that of the
	// spec, or of the REST call. Automatic charges and refunds go in its name.
	// +optional
	Requester *Requester `json:"requester,omitempty"`

	// claim tells which request led to what the session holds.
	// +optional
	Claim *SessionClaim `json:"claim,omitempty"`

	// items are the items that the session holds, with their charges for the
	// running period.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	Items []ChargedItem `json:"items,omitempty"`

	// periodStart is when the running period began.
	// +optional
	PeriodStart *metav1.MicroTime `json:"periodStart,omitempty"`

	// chargedUntil is the end of the running period: what is held is paid up to
	// here.
	// +optional
	ChargedUntil *metav1.MicroTime `json:"chargedUntil,omitempty"`

	// nextChargeTime is when the next period is charged automatically. Left out
	// when the session is not charged.
	// +optional
	NextChargeTime *metav1.MicroTime `json:"nextChargeTime,omitempty"`

	// lastAutomaticChargeTime is when the running period was charged, if that
	// happened automatically. A heartbeat must come after it.
	// +optional
	LastAutomaticChargeTime *metav1.MicroTime `json:"lastAutomaticChargeTime,omitempty"`

	// heartbeatDeadline is the time by which a heartbeat has to come after the last
	// automatic charge; without one the session ends and that charge is refunded. It
	// is met when heartbeat.time is not before lastAutomaticChargeTime, and stays
	// until the next charge. Left out when no heartbeat is wanted.
	// +optional
	HeartbeatDeadline *metav1.MicroTime `json:"heartbeatDeadline,omitempty"`

	// idleSince is when the session began to hold nothing; left out while it holds
	// something.
	// +optional
	IdleSince *metav1.MicroTime `json:"idleSince,omitempty"`

	// lastAccessTime is when the session last had a request granted, or was created
	// or halted.
	// +optional
	LastAccessTime *metav1.MicroTime `json:"lastAccessTime,omitempty"`

	// totals sums up all charges and refunds of the session.
	// +optional
	Totals *SessionTotals `json:"totals,omitempty"`
}

// SessionClaim identifies the request that led to what a session holds.
type SessionClaim struct {
	// generation of the spec that made the request; left out for a REST call.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Generation int64 `json:"generation,omitempty"`

	// digest is a fingerprint of what was asked, so that a change of the spec that
	// asks for the same (a heartbeat, for example) is not a new request.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Digest string `json:"digest,omitempty"`
}

// SessionTotals sums up charges and refunds, in tokens.
type SessionTotals struct {
	// charged is the sum of all charges, refunds not deducted.
	// +optional
	Charged Decimal `json:"charged,omitempty"`

	// refunded is the sum of all refunds.
	// +optional
	Refunded Decimal `json:"refunded,omitempty"`
}

// Heartbeat is a sign of life from the holder of a session.
type Heartbeat struct {
	// time is when the server saw it.
	// +optional
	Time *metav1.MicroTime `json:"time,omitempty"`

	// observed is the value of spec.heartbeatTime that was seen; left out for a
	// heartbeat by REST.
	// +optional
	Observed *metav1.MicroTime `json:"observed,omitempty"`
}
