package ledgertest

import (
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// onePerKey checks that no idempotency key made two transactions within its retention.
func (c *checker) onePerKey() {
	last := map[string]*ledger.Transaction{}
	for _, transaction := range c.once {
		if transaction.Key == "" {
			continue
		}
		if first := last[transaction.Key]; first != nil && transaction.Time.Sub(first.Time) <= c.retention() {
			c.Errorf("key %q made transaction %s in commit %d and %s in commit %d", transaction.Key, first.ID, first.Sequence, transaction.ID, transaction.Sequence)
		}
		last[transaction.Key] = transaction
	}
}

func (c *checker) retention() time.Duration {
	if c.ReceiptRetention > 0 {
		return c.ReceiptRetention
	}
	return ledger.DefaultReceiptRetention
}

// answer tells one receipt from every other.
type answer struct{ key, digest, text string }

func answerOf(r *ledger.Receipt) answer { return answer{r.Key, r.Digest, string(r.Answer)} }

// receipts checks each commit against the one before: what was answered is still on the account or on one of its pages,
// and in no two places, unless it is past its retention. So every receipt can be found from its commit until then.
func (c *checker) receipts() {
	pages := map[string][]*ledger.Receipt{}
	before := map[answer]time.Time{}
	listed := ""
	for i, account := range c.History {
		if i > 0 && len(account.Receipts) >= len(c.History[i-1].Receipts) && hashesOf(account.Pages) == listed {
			// Nothing was taken off.
			for _, receipt := range account.Receipts {
				before[answerOf(receipt)] = receipt.Time
			}
			continue
		}
		listed = hashesOf(account.Pages)
		now := map[answer]time.Time{}
		for _, receipt := range account.Receipts {
			now[answerOf(receipt)] = receipt.Time
		}
		for _, page := range account.Pages {
			if _, known := pages[page.Hash]; !known {
				pages[page.Hash] = c.page(account, page)
			}
			for _, receipt := range pages[page.Hash] {
				if _, twice := now[answerOf(receipt)]; twice {
					c.Errorf("commit %d has the answer for key %q in two places", account.Sequence, receipt.Key)
				}
				now[answerOf(receipt)] = receipt.Time
			}
		}
		for receipt, given := range before {
			if _, found := now[receipt]; !found && account.Time.Sub(given) <= c.retention() {
				c.Errorf("commit %d loses the answer for key %q, which was given at %s", account.Sequence, receipt.key, given)
			}
		}
		before = now
	}
}

func hashesOf(pages []*ledger.ReceiptPage) (hashes string) {
	for _, page := range pages {
		hashes += page.Hash
	}
	return hashes
}

func (c *checker) page(account *ledger.Account, page *ledger.ReceiptPage) []*ledger.Receipt {
	text, err := c.Store.LoadReceiptPage(c.Context(), c.Account, page.Hash)
	if err != nil {
		c.Errorf("commit %d lists page %.8s: %v", account.Sequence, page.Hash, err)
		return nil
	}
	receipts, err := page.Receipts(text)
	if err != nil {
		c.Errorf("commit %d lists page %.8s: %v", account.Sequence, page.Hash, err)
	}
	if len(receipts) != page.Count || len(text) != page.Bytes {
		c.Errorf("commit %d lists page %.8s with %d receipts of %d bytes, it has %d of %d", account.Sequence, page.Hash, page.Count, page.Bytes, len(receipts), len(text))
	}
	return receipts
}
