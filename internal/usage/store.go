package usage

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// ErrUnavailable reports that the store cannot be reached, or that what it was asked for is not possible now. Whatever was to
// be stored may be stored or not.
var ErrUnavailable = errors.New("the usage store is not available")

// ErrConflict reports a record that has the id of another one. Trying again is of no use: something is wrong with either.
var ErrConflict = errors.New("another usage record has this id")

// Store keeps records for ever, or until they are dropped by Retain. Implementations are safe for concurrent use, and pass the suite
// of package usagetest.
type Store interface {
	// Append stores the records that are not there yet, by id, all or none, and gives them positions in their order.
	// Whoever reads by position afterwards finds them behind all that was ever read: a position is never visible before a
	// smaller one. A record with the id of another one is ErrConflict. Any error but ErrUnavailable is about the records, and is the
	// same however often they come.
	Append(ctx context.Context, records []Record) error
	// Records gives what the query selects, by position, in bounded memory. The sequence ends after an error.
	Records(ctx context.Context, query Query) iter.Seq2[Record, error]
	// Aggregate adds up what the query selects, ordered by key, or by the tokens used if only the top is wanted. The query's
	// After and Limit do not count. A bucket that nothing is in is left out.
	Aggregate(ctx context.Context, aggregation Aggregation) ([]Bucket, error)
	// Totals adds up all records of an account ever stored, also of those that Retain has dropped.
	Totals(ctx context.Context, account Account) (Totals, error)
	// Newest is the position that was given last, 0 at first. Retain may have dropped its record.
	Newest(ctx context.Context) (int64, error)
	// PositionKey is what package opaque hides positions with. It is made with the store, and is there for as long.
	PositionKey(ctx context.Context) ([]byte, error)
	// Accounts are those that there are records of.
	Accounts(ctx context.Context) ([]Account, error)
	// Dropped tells what Retain has dropped of what the query selects. Whoever follows positions asks after they have read:
	// what is behind Dropped.Position then was not passed over.
	Dropped(ctx context.Context, query Query) (Dropped, error)
	// Retain drops the months (UTC) that ended before a time, and what they add up to but for the totals.
	Retain(ctx context.Context, before time.Time) error
	// Ping tells whether the store could be written to now.
	Ping(ctx context.Context) error
	Close() error
}

// Account is that of an Instance.
type Account struct {
	Namespace string `json:"namespace"`
	Instance  string `json:"instance"`
}

// Query selects records. What is zero does not matter; several values of a list are alternatives.
type Query struct {
	Namespace string
	// Instances are names. Nil means all, an empty list that is not nil none.
	Instances     []string
	Kinds         []Kind
	Reasons       []string
	ActivationIDs []string
	Items         []string
	Requesters    []string
	// Sessions are ids as Record.Session gives them, or UIDs of subjects of any kind.
	Sessions       []string
	TransactionIDs []string
	CorrelationIDs []string
	LimitationIDs  []string
	// From and To bound the time: from the one, before the other.
	From, To time.Time
	// After is the position after which to begin, Limit the most records to give; 0 means all.
	After int64
	Limit int
}

// Dropped is how far records are gone. Accounts and the time from which a query selects count, what else it selects by does not.
type Dropped struct {
	// Position is that of the last record of the accounts that was dropped, 0 if none was: there may be some that are kept
	// before it, because it was late or another account's, and none behind it is missing.
	Position int64
	// KeptFrom is the beginning of the oldest month that nothing is missing of, of any account; zero if nothing was ever dropped.
	// Of what a query selects from then on nothing was.
	KeptFrom time.Time
}

// Passes tells that records are missing behind a position. Whoever begins at 0 begins at what there is; whoever is to go on
// behind a position without those that are missing selects from KeptFrom.
func (d Dropped) Passes(after int64) bool { return after > 0 && after < d.Position }

// Dimension is something to add up by.
type Dimension string

// The dimensions. Hour, Day and Month are periods of UTC, written as the RFC 3339 time of their beginning.
const (
	ByItem       Dimension = "item"
	ByRequester  Dimension = "requester"
	ByLineItem   Dimension = "lineItem"
	BySession    Dimension = "session"
	ByInstance   Dimension = "instance"
	ByKind       Dimension = "kind"
	ByReason     Dimension = "reason"
	ByLimitation Dimension = "limitation"
	ByHour       Dimension = "hour"
	ByDay        Dimension = "day"
	ByMonth      Dimension = "month"
)

// Dimensions are all of them.
func Dimensions() []Dimension {
	return []Dimension{ByItem, ByRequester, ByLineItem, BySession, ByInstance, ByKind, ByReason, ByLimitation, ByHour, ByDay, ByMonth}
}

// Aggregation adds up records by up to three dimensions.
type Aggregation struct {
	Query

	By []Dimension
	// Top keeps the buckets with the most tokens used, most first; 0 keeps all.
	Top int
	// Most is how many buckets there may be, before the top ones are kept: more are refused as soon as they are found. 0 leaves
	// it to the store.
	Most int
}

// Totals are the sums over an account, exactly.
type Totals struct {
	// Used are tokens by activation id; Allocations those by activation id and action id.
	Used        map[string]licensing.Tokens
	Allocations map[ActionKey]licensing.Tokens
	// Units are the balances of limitations, as Record.AddTo adds them up.
	Units map[LimitationKey]licensing.Balance
	// Records is how many there are, Sequence the newest commit of which there is one, Position the newest record's: a record
	// counts here if, and only if, its position is not behind that.
	Records, Sequence, Position int64
}

// ActionKey names a rule of access of a line item.
type ActionKey struct{ ActivationID, ActionID string }

// LimitationKey names a limitation of a line item.
type LimitationKey struct{ ActivationID, LimitationID string }
