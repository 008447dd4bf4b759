package ledger

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Idempotency lets a client ask again when an answer was lost: the same key with the same digest is the same request,
// which is decided once. The zero value is a request without it.
type Idempotency struct {
	// Key is the client's; no other request on the account has it.
	Key string
	// Digest identifies the request under the key.
	Digest string
}

// fingerprint is a text in the few characters that tell it from every other one.
func fingerprint(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// receipt finds the answer that was given of late for the key of a fingerprint; nil if there is none.
func (a *Account) receipt(key string) *Receipt {
	for _, receipt := range a.Receipts {
		if receipt.Key == key {
			return receipt
		}
	}
	return nil
}

// line is the receipt's text in the account and on a page.
func (r *Receipt) line() string {
	text, err := r.encoded()
	if err != nil {
		return "" // never: it was encoded when it was made, or decoded
	}
	return string(text) + "\n"
}

// replay gives the answer of the first request with the key.
func (c *command) replay(receipt *Receipt) (any, error) {
	if receipt.Digest != fingerprint(c.once.Digest) {
		return nil, fmt.Errorf("%w: key %q", ErrKeyReused, c.once.Key)
	}
	return c.again(receipt.Answer)
}

var errReceiptsFull = fmt.Errorf("%w: the account holds as many answers by idempotency key as it can remember", ErrUnavailable)

// newReceipt fails when the account remembers as much as it can.
func (w *worker) newReceipt(command *command, answer any, now time.Time) (*Receipt, error) {
	text, err := json.Marshal(answer)
	if err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	receipt := &Receipt{Key: fingerprint(command.once.Key), Digest: fingerprint(command.once.Digest), Time: now, Answer: text}
	if _, err := receipt.encoded(); err != nil {
		return nil, fmt.Errorf("encode receipt: %w", err)
	}
	if w.receiptBytes+len(receipt.text)+1 > w.ledger.options.ReceiptBytes {
		return nil, errReceiptsFull
	}
	return receipt, nil
}

func (w *worker) addReceipts(receipts []*Receipt) {
	w.account.Receipts = append(w.account.Receipts, receipts...)
	for _, receipt := range receipts {
		w.receiptBytes += len(receipt.text) + 1
	}
}

func (w *worker) countReceipts() {
	w.receiptBytes = 0
	for _, receipt := range w.account.Receipts {
		if text, err := receipt.encoded(); err == nil {
			w.receiptBytes += len(text) + 1
		}
	}
}

// remembered is what an account keeps of an answer: as little as its caller can be answered again with. The items stand
// in the request, which is the same; what a session holds stands in its status.
type remembered struct {
	CorrelationID string                 `json:"id"`
	Verdict       licensing.Verdict      `json:"verdict,omitempty"`
	Cause         licensing.Cause        `json:"cause,omitempty"`
	Message       string                 `json:"message,omitempty"`
	Items         []licensing.ItemResult `json:"items,omitempty"`
	Session       *licensing.Session     `json:"session,omitempty"`
}

func (a OneOffAnswer) remembered() remembered {
	return remembered{CorrelationID: a.CorrelationID, Items: a.Items}
}

func (a SessionAnswer) remembered() remembered {
	next := a.Next
	return remembered{a.CorrelationID, a.Verdict, a.Cause, a.Message, a.Items, &licensing.Session{
		Revision: next.Revision, State: next.State, TerminatedReason: next.TerminatedReason, TerminatedAt: next.TerminatedAt, ChargedUntil: next.ChargedUntil,
		LastAutomaticCharge: next.LastAutomaticCharge, HeartbeatDeadline: next.HeartbeatDeadline,
		Charged: next.Charged, Refunded: next.Refunded,
	}}
}

// recall reads what is remembered of the answer to a request for the items.
func recall(text json.RawMessage, items []licensing.RequestedItem) (remembered, error) {
	var answer remembered
	if err := json.Unmarshal(text, &answer); err != nil {
		return remembered{}, fmt.Errorf("decode answer: %w", err)
	}
	// A request that was not decided by its items has no results.
	if n := len(answer.Items); n != 0 && n != len(items) {
		return remembered{}, fmt.Errorf("%w: it asked for %d items, not %d", ErrKeyReused, n, len(items))
	}
	for i := range answer.Items {
		answer.Items[i].Item = items[i]
	}
	return answer, nil
}

func oneOffAgain(items []licensing.RequestedItem) func(json.RawMessage) (any, error) {
	return func(text json.RawMessage) (any, error) {
		answer, err := recall(text, items)
		return OneOffAnswer{CorrelationID: answer.CorrelationID, Items: answer.Items}, err
	}
}

func sessionAgain(items []licensing.RequestedItem) func(json.RawMessage) (any, error) {
	return func(text json.RawMessage) (any, error) {
		answer, err := recall(text, items)
		again := SessionAnswer{CorrelationID: answer.CorrelationID, Outcome: licensing.Outcome{
			Verdict: answer.Verdict, Cause: answer.Cause, Message: answer.Message, Items: answer.Items,
		}}
		if answer.Session != nil {
			again.Next = *answer.Session
		}
		return again, err
	}
}
