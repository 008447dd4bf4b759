// Package usage is the record of what was charged, refunded, given, taken back and refused: what bills are written from.
package usage

import (
	"encoding/json"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Kind is what a record is about.
type Kind string

// The kinds of records. Charge, AutomaticCharge and Refund move tokens of a line item; Provision, Revoke, Consumption,
// Rollback and Correction move units of a limitation; a Denial moves nothing.
const (
	Charge          Kind = "Charge"
	AutomaticCharge Kind = "AutomaticCharge"
	Refund          Kind = "Refund"
	Denial          Kind = "Denial"
	Provision       Kind = "Provision"
	Revoke          Kind = "Revoke"
	Consumption     Kind = "Consumption"
	Rollback        Kind = "Rollback"
	// Correction is a recount, or a new period that an administrator began.
	Correction Kind = "Correction"
)

// Kinds are all of them, in the order in which they are shown.
func Kinds() []Kind {
	return []Kind{Charge, AutomaticCharge, Refund, Denial, Provision, Revoke, Consumption, Rollback, Correction}
}

// Record is one movement on one line item, or one denial of one item. It never changes. The records of an account, added
// up, are its balances.
type Record struct {
	// ID is the transaction's with the place in it, as in "6f1c…/0": unique, and the same whenever the transaction is
	// recorded again.
	ID string `json:"id"`
	// Position is given by the store: it counts up, with gaps, and never backwards. Zero before that.
	Position int64 `json:"position,omitempty"`

	TransactionID string `json:"transactionId"`
	// Sequence is that of the commit to the account.
	Sequence int64 `json:"sequence"`
	// CorrelationID is the id of the transaction without which this one would not have been made.
	CorrelationID string    `json:"correlationId,omitempty"`
	Kind          Kind      `json:"kind"`
	Reason        string    `json:"reason"`
	Time          time.Time `json:"time"`

	// Namespace is the producer's, Instance the name of its object.
	Namespace string `json:"namespace"`
	Instance  string `json:"instance"`

	// Subject is what it is about: a session, a named user, a client. Empty for a one-off request.
	SubjectKind string `json:"subjectKind,omitempty"`
	SubjectName string `json:"subjectName,omitempty"`
	SubjectUID  string `json:"subjectUid,omitempty"`

	RequesterType  string `json:"requesterType,omitempty"`
	RequesterValue string `json:"requesterValue,omitempty"`
	// Caller is who sent the request, as authenticated.
	Caller string `json:"caller,omitempty"`

	// ActivationID is the line item's; empty for a denial that no line item was found for.
	ActivationID string `json:"activationId,omitempty"`
	// Item, Version, Count, Rate, RateTable and Series say what was asked for, and what it costs.
	Item      string           `json:"item,omitempty"`
	Version   string           `json:"version,omitempty"`
	Count     licensing.Count  `json:"count"`
	Rate      licensing.Tokens `json:"rate"`
	RateTable string           `json:"rateTable,omitempty"`
	Series    string           `json:"series,omitempty"`
	ActionID  string           `json:"actionId,omitempty"`
	// Tokens are those charged or refunded, never negative; of a denial those that it required.
	Tokens licensing.Tokens `json:"tokens"`

	// LimitationID and Units are for records that move units. Units are negative for what is given back.
	LimitationID string           `json:"limitationId,omitempty"`
	Units        licensing.Tokens `json:"units"`
	// Period is the one of the limitation's balance that a consumption counts in; it began at PeriodStart.
	Period      int64     `json:"period,omitempty"`
	PeriodStart time.Time `json:"periodStart,omitzero"`

	// Message is a denial's sentence.
	Message  string          `json:"message,omitempty"`
	MetaData json.RawMessage `json:"metaData,omitempty"`

	// Seal is a checksum of all of the above but the position. Sealed sets it when the record is made.
	Seal string `json:"seal,omitempty"`
}

// Used is what the record adds to the tokens used on its line item: negative for a refund.
func (r Record) Used() licensing.Tokens {
	switch r.Kind {
	case Charge, AutomaticCharge:
		return r.Tokens
	case Refund:
		return -r.Tokens
	case Denial, Provision, Revoke, Consumption, Rollback, Correction:
	}
	return 0
}
