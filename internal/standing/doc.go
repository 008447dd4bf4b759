// Package standing tells how the instances of a producer stand: what they are entitled to, what is used, by whom, and
// whether their ledgers are in order. It reads what is there and decides nothing.
package standing

import (
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Figure is a number, with the place where kubectl shows it, or how it was computed.
type Figure struct {
	Value  licensing.Tokens
	Source string
}

// Instance is how one instance stands.
type Instance struct {
	Name, ID, ShortName, AccountID string
	LineItems                      []LineItem
	// Active and Idle count its live sessions.
	Active, Idle Figure
	Ledger       Ledger
}

// LineItem is how one line item stands.
type LineItem struct {
	ActivationID, Name, State string
	Start, End                time.Time
	Entitled, Used            Figure
	// Available is nil with an unlimited overdraft.
	Available   *Figure
	Limitations []Limitation
}

// Limitation is how a limitation of a license stands, its seats among them. Limit and Available are nil without a limit.
type Limitation struct {
	ID, Name  string
	Used      Figure
	Limit     *Figure
	Available *Figure
}

// Ledger is the state of an account.
type Ledger struct {
	// Account is the name of its ConfigMap.
	Account string
	// Problem says why it cannot be charged; empty if it can.
	Problem    string
	Sequence   int64
	LastCommit time.Time
	// Open is how many transactions are not yet written through and recorded.
	Open int
}

// Page is a part of the instances, by name. Next is 0 on the last one.
type Page struct {
	Instances []Instance
	Next      int
}
