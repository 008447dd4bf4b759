package ledger

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// A preview is decided as the request would be, on the account as it is stored and never on an older one, and then
// forgotten: nothing is charged, and no answer is remembered.

// PreviewOneOff tells what OneOff would answer now.
func (l *Ledger) PreviewOneOff(ctx context.Context, id AccountID, request OneOffRequest) (OneOffAnswer, error) {
	return l.oneOff(ctx, id, &command{prices: true, requester: request.Requester, items: request.Items, reads: true, evaluate: func(v *view) proposal {
		answer, _ := request.decide(v)
		return proposal{answer: answer, denied: answer.denies(), exact: true}
	}})
}

// PreviewAccess tells what Access would answer now, after everything that is due by now. The answer's Outcome is what the
// request itself would do; there is no transaction.
func (l *Ledger) PreviewAccess(ctx context.Context, id AccountID, session Subject, access licensing.Access) (SessionAnswer, error) {
	type preview struct {
		SessionAnswer
		err error
	}
	c := &command{subject: session, live: true, prices: true, requester: access.Requester, items: access.Items, reads: true}
	c.evaluate = func(v *view) proposal {
		foreseen, err := v.foresee(l.options.Outages())
		if err != nil {
			return proposal{answer: preview{err: err}, exact: true}
		}
		outcome := foreseen.state.Request(v.admitted(access), foreseen.books, v.catalog, v.terms, v.at)
		return proposal{
			answer: preview{SessionAnswer: SessionAnswer{Outcome: outcome, CorrelationID: uuid.NewString()}},
			denied: foreseen.unaffordable || outcome.Verdict == licensing.Denied, exact: true,
		}
	}
	result, err := l.submit(ctx, id, c)
	if err != nil {
		return SessionAnswer{}, err
	}
	answer, _ := result.(preview)
	return answer.SessionAnswer, answer.err
}

// foreseen is a session and the books after everything that is due.
type foreseen struct {
	state        licensing.Session
	books        licensing.Books
	unaffordable bool
}

// foresee does on a copy what time has brought about.
func (v *view) foresee(outages []licensing.Outage) (foreseen, error) {
	after := foreseen{state: v.session(), books: v.account.Books}
	for {
		due := after.state.Advance(v.lastHeartbeat(), outages, after.books, v.catalog, v.terms, v.at)
		if !due.Changed {
			return after, nil
		}
		after.books = after.books.Clone()
		if err := after.books.Apply(due.Entries); err != nil {
			return after, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		after.state, after.unaffordable = due.Next, after.unaffordable || due.Cause == licensing.CauseNotAffordable
	}
}
