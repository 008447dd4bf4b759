package ledger

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// SessionAnswer is what became of a request on a session.
type SessionAnswer struct {
	licensing.Outcome
	// CorrelationID names the answer: the transaction, if there is one.
	CorrelationID string
	// Transaction is what was committed; nil when nothing changed. An answer that is given again for its idempotency key
	// has none either, and of the Outcome no entries, and of the session only its state, deadlines and totals.
	Transaction *Transaction
	// Written is closed when the session object shows the transaction; nil when there is none.
	Written <-chan struct{}
	// overdue is an answer that was put off because something else is due first.
	overdue bool
}

// Access answers an access request on a session, all items or none (dynamic-monetization.md 1.6). A denial is an answer.
// What time has brought about on the session comes first. The items must have passed licensing.ValidateItems.
func (l *Ledger) Access(ctx context.Context, id AccountID, session Subject, access licensing.Access, once Idempotency) (SessionAnswer, error) {
	c := command{subject: session, prices: true, requester: access.Requester, items: access.Items, once: once, again: sessionAgain(access.Items)}
	c.generation = access.Declared.Generation
	return l.inOrder(ctx, id, c, func(v *view) licensing.Outcome {
		return v.session().Request(v.admitted(access), v.account.Books, v.catalog, v.terms, v.at)
	})
}

// CloseSession ends a session with a refund of the part of its running period that was unused at the given time, which
// is not in the future; zero means now. It is exact also when it comes late: what was due by that time comes first, what became due
// later does not count. Closing again changes nothing.
func (l *Ledger) CloseSession(ctx context.Context, id AccountID, session Subject, at time.Time, once Idempotency) (SessionAnswer, error) {
	c := command{subject: session, at: at, once: once, again: sessionAgain(nil)}
	return l.inOrder(ctx, id, c, func(v *view) licensing.Outcome {
		return v.session().Close(v.account.Books, v.at)
	})
}

// Advance does what time brought about on a session, at most one event: an automatic charge at its scheduled time, the
// end for a missed heartbeat or for being idle too long. The session is read live for its heartbeat.
func (l *Ledger) Advance(ctx context.Context, id AccountID, session Subject) (SessionAnswer, error) {
	return l.advance(ctx, id, session, time.Time{})
}

func (l *Ledger) advance(ctx context.Context, id AccountID, session Subject, at time.Time) (SessionAnswer, error) {
	c := &command{subject: session, live: true, prices: true, at: at}
	ctx = WithCaller(ctx, "") // nobody asks: it is due
	return l.onSession(ctx, id, c, func(v *view) (licensing.Outcome, bool) {
		return v.session().Advance(v.lastHeartbeat(), l.options.Outages(), v.account.Books, v.catalog, v.terms, v.at), false
	})
}

// inOrder decides after everything that was due before has been done.
func (l *Ledger) inOrder(ctx context.Context, id AccountID, request command, decide func(*view) licensing.Outcome) (SessionAnswer, error) {
	for settled := false; ; {
		c := request
		answer, err := l.onSession(ctx, id, &c, func(v *view) (licensing.Outcome, bool) {
			if !settled && v.session().MayBeOverdue(l.options.Outages(), v.terms, v.at) {
				return licensing.Outcome{Verdict: licensing.Unchanged, Next: v.session()}, true
			}
			return decide(v), false
		})
		if err != nil || !answer.overdue {
			return answer, err
		}
		advanced, err := l.advance(ctx, id, request.subject, request.at)
		if err != nil {
			return SessionAnswer{}, err
		}
		settled = !advanced.Changed
	}
}

// onSession makes a session's outcome a transaction. The decision also tells whether it was put off because something
// else is due first.
func (l *Ledger) onSession(ctx context.Context, id AccountID, c *command, decide func(*view) (licensing.Outcome, bool)) (SessionAnswer, error) {
	c.evaluate = func(v *view) proposal {
		outcome, overdue := decide(v)
		answer := SessionAnswer{Outcome: outcome, CorrelationID: uuid.NewString(), overdue: overdue}
		denied := outcome.Verdict == licensing.Denied || outcome.Cause == licensing.CauseNotAffordable
		if outcome.Changed {
			answer.Transaction = v.newTransaction(c, outcome.Cause)
			answer.CorrelationID = answer.Transaction.ID
			answer.Transaction.Requester = outcome.Requester
			answer.Transaction.State = State{Session: &outcome.Next}
			answer.Transaction.Entries = outcome.Entries
		}
		var denial *Transaction
		switch denials := refusedItems(outcome.Items); {
		case outcome.Changed:
			answer.Transaction.Denials = denials
		case len(denials) > 0:
			denial = v.deny(c, c.requester, denials...)
			answer.CorrelationID = denial.ID
		}
		// A session that is IDLE here may have been claimed elsewhere: there is nothing to halt only if it was not. Nothing
		// that happens elsewhere makes an answered declaration or an end undone.
		exact := !outcome.Changed && outcome.Next.State == licensing.Idle && !c.live
		next := proposal{answer: answer, denied: denied, exact: exact, transaction: answer.Transaction, denial: denial}
		if outcome.Changed {
			next.also, next.err = v.giveTaken(outcome.Items, answer.Transaction)
		}
		if !overdue {
			next.remember = answer.remembered()
		}
		return next
	}
	result, err := l.submit(ctx, id, c)
	if err != nil {
		return SessionAnswer{}, err
	}
	answer, _ := result.(SessionAnswer)
	if answer.Transaction != nil {
		answer.Written = l.written(id, answer.Transaction)
	}
	return answer, nil
}

func (l *Ledger) written(id AccountID, transaction *Transaction) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.workers[id].written(transaction)
}
