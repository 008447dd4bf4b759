package ledger

import (
	"context"
	"slices"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Committed is what was committed on an account and may not show in its objects yet. Whoever reads an object afterwards
// sees it through, as User does, together with what the ledger does not know of it.
type Committed struct {
	// Sequence is that of the last commit, 0 before the first. What was read of objects after an account was seen at a
	// sequence is seen through the account rightly whenever it is found at that sequence again.
	Sequence int64

	open []*Transaction
}

// Committed reads the stored account.
func (l *Ledger) Committed(ctx context.Context, id AccountID) (Committed, error) {
	result, err := l.submit(ctx, id, &command{fresh: true, reads: true, evaluate: func(v *view) proposal {
		return proposal{answer: Committed{Sequence: v.account.Sequence, open: slices.Clone(v.account.Open)}}
	}})
	if neverOpened(err) {
		return Committed{}, nil
	}
	committed, _ := result.(Committed)
	return committed, err
}

// User is the one whose object was read.
func (c Committed) User(subject Subject, read licensing.NamedUser) UserView {
	return newUserView(subject, State{User: &read}, c.open)
}

// Holder is who was given the transaction's unit, or the record that the transaction made, as far as an object may not show
// it yet.
func (c Committed) Holder(transactionID string) (Subject, bool) {
	for _, transaction := range c.open {
		if transaction.Subject.Kind == ConsumptionSubject && transaction.Subject.Name == transactionID {
			return transaction.Subject, true
		}
		if user := transaction.State.User; user != nil && slices.ContainsFunc(user.Holdings, func(h licensing.Holding) bool { return h.TransactionID == transactionID }) {
			return transaction.Subject, true
		}
	}
	return Subject{}, false
}

// Consumption is the record that the subject is, as it was left last.
func (c Committed) Consumption(subject Subject) (record licensing.Consumption, found bool) {
	for _, transaction := range c.open { // in commit order
		if transaction.Subject == subject && transaction.State.Consumption != nil {
			record, found = *transaction.State.Consumption, true
		}
	}
	return record, found
}
