package ledger

import (
	"context"
	"encoding/json"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// OneOffRequest charges for items without a session.
type OneOffRequest struct {
	Requester licensing.Requester
	// Items must have passed licensing.ValidateItems and not be empty.
	Items []licensing.RequestedItem
	// Key is the client's idempotency key; empty for none. Digest identifies the request under it.
	Key, Digest string
}

// OneOffAnswer is what became of each item.
type OneOffAnswer struct {
	CorrelationID string                 `json:"correlationId,omitempty"`
	Items         []licensing.ItemResult `json:"items"`
}

// OneOff charges as many of the items as possible, in the order listed (dynamic-monetization.md 1.5).
func (l *Ledger) OneOff(ctx context.Context, id AccountID, request OneOffRequest) (OneOffAnswer, error) {
	c := &command{prices: true, key: request.Key, digest: request.Digest, decode: func(text json.RawMessage) (any, error) {
		var answer OneOffAnswer
		err := json.Unmarshal(text, &answer)
		return answer, err
	}}
	c.evaluate = func(v *view) proposal {
		results, entries := licensing.OneOff(v.account.Usage, v.catalog, request.Items, v.now)
		answer := OneOffAnswer{Items: results}
		next := proposal{}
		for _, result := range results {
			next.denied = next.denied || result.Status != licensing.ItemGranted
		}
		if len(entries) > 0 {
			next.transaction = v.newTransaction(c, licensing.CauseOneOff)
			next.transaction.Requester, next.transaction.Entries = request.Requester, entries
			answer.CorrelationID = next.transaction.ID
		}
		next.answer = answer
		return next
	}
	result, err := l.submit(ctx, id, c)
	if err != nil {
		return OneOffAnswer{}, err
	}
	answer, _ := result.(OneOffAnswer)
	return answer, nil
}
