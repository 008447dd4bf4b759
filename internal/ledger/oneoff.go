package ledger

import (
	"context"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// OneOffRequest charges for items without a session.
type OneOffRequest struct {
	Requester licensing.Requester
	// Items must have passed licensing.ValidateItems and not be empty.
	Items []licensing.RequestedItem
	// Idempotency is of no use in a preview.
	Idempotency Idempotency
}

// OneOffAnswer is what became of each item.
type OneOffAnswer struct {
	// CorrelationID names the answer: the transaction, if there is one.
	CorrelationID string
	Items         []licensing.ItemResult
}

// OneOff charges as many of the items as possible, in the order listed (dynamic-monetization.md 1.5).
func (l *Ledger) OneOff(ctx context.Context, id AccountID, request OneOffRequest) (OneOffAnswer, error) {
	c := &command{prices: true, requester: request.Requester, items: request.Items, once: request.Idempotency, again: oneOffAgain(request.Items)}
	c.evaluate = func(v *view) proposal {
		answer, entries := request.decide(v)
		denials := refusedItems(answer.Items)
		next := proposal{denied: len(denials) > 0}
		switch {
		case len(entries) > 0:
			next.transaction = v.newTransaction(c, licensing.CauseOneOff)
			next.transaction.Requester, next.transaction.Entries, next.transaction.Denials = request.Requester, entries, denials
			answer.CorrelationID = next.transaction.ID
			next.also, next.err = v.giveTaken(answer.Items, next.transaction)
		case next.denied:
			next.denial = v.deny(c, request.Requester, denials...)
			answer.CorrelationID = next.denial.ID
		}
		next.answer, next.remember = answer, answer.remembered()
		return next
	}
	return l.oneOff(ctx, id, c)
}

func (l *Ledger) oneOff(ctx context.Context, id AccountID, c *command) (OneOffAnswer, error) {
	result, err := l.submit(ctx, id, c)
	if err != nil {
		return OneOffAnswer{}, err
	}
	answer, _ := result.(OneOffAnswer)
	return answer, nil
}

func (r OneOffRequest) decide(v *view) (OneOffAnswer, []licensing.Entry) {
	results, entries := licensing.OneOff(v.account.Books, v.catalog, r.Requester, v.licenses(), r.Items, v.now)
	return OneOffAnswer{CorrelationID: uuid.NewString(), Items: results}, entries
}

// denies tells whether an item was refused.
func (a OneOffAnswer) denies() bool {
	for _, result := range a.Items {
		if result.Status != licensing.ItemGranted {
			return true
		}
	}
	return false
}
