package ledger

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// ConsumptionFilter says which records of consumptions are wanted. What is zero does not matter.
type ConsumptionFilter struct {
	// ActivationID is that of the line item; it is required.
	ActivationID  string
	TransactionID string
	UserID        string
	ClientID      string
	// From and To bound when it was consumed: from the one, before the other.
	From, To      time.Time
	LimitationIDs []string
}

// ConsumptionView is a record of a consumption that was not rolled back, by the transaction that made it.
type ConsumptionView struct {
	TransactionID string
	licensing.Consumption
}

// Consumptions lists the records of a line item's consumptions, oldest first: what any replica committed before the call
// is in them. Those of earlier periods are kept for a time only.
func (l *Ledger) Consumptions(ctx context.Context, id AccountID, filter ConsumptionFilter) ([]ConsumptionView, error) {
	if filter.TransactionID != "" {
		return l.consumption(ctx, id, filter)
	}
	committed, err := l.Committed(ctx, id)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, l.options.Patience)
	defer cancel()
	records, err := l.store.Consumptions(ctx, id, filter.ActivationID)
	if err != nil {
		return nil, l.unavailable(err)
	}
	var views []ConsumptionView
	for subject, state := range throughAll(committed.open, records) {
		views = filter.add(views, id, subject, state)
	}
	slices.SortFunc(views, func(a, b ConsumptionView) int {
		return cmp.Or(a.ConsumedAt.Compare(b.ConsumedAt), strings.Compare(a.TransactionID, b.TransactionID))
	})
	return views, nil
}

// consumption looks for a single record.
func (l *Ledger) consumption(ctx context.Context, id AccountID, filter ConsumptionFilter) ([]ConsumptionView, error) {
	if !isTransactionID(filter.TransactionID) {
		return nil, nil
	}
	subject := consumptionSubject(id, filter.TransactionID)
	c := &command{subject: subject, fresh: true, reads: true}
	c.evaluate = func(v *view) proposal { return proposal{answer: v.state} }
	result, err := l.submit(ctx, id, c)
	if neverOpened(err) {
		return nil, nil
	}
	state, _ := result.(State)
	return filter.add(nil, id, subject, state), err
}

func (f ConsumptionFilter) add(views []ConsumptionView, id AccountID, subject Subject, state State) []ConsumptionView {
	record := state.Consumption
	if record == nil || record.RolledBack() || record.Instance != id.Name || record.ActivationID != f.ActivationID {
		return views
	}
	wanted := (f.UserID == "" || f.UserID == record.UserID) &&
		(f.ClientID == "" || f.ClientID == record.ClientID) &&
		(f.From.IsZero() || !record.ConsumedAt.Before(f.From)) &&
		(f.To.IsZero() || record.ConsumedAt.Before(f.To)) &&
		(len(f.LimitationIDs) == 0 || slices.Contains(f.LimitationIDs, record.LimitationID))
	if !wanted {
		return views
	}
	return append(views, ConsumptionView{TransactionID: subject.Name, Consumption: *record})
}

// throughAll sees the records through the open transactions, with those that are not stored yet.
func throughAll(open []*Transaction, records map[Subject]State) map[Subject]State {
	seen := maps.Clone(records)
	for _, transaction := range open { // in commit order, so that one pass follows each record's whole chain
		if transaction.Subject.Kind == ConsumptionSubject {
			transaction.advance(seen)
		}
	}
	return seen
}
