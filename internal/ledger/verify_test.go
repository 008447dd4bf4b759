package ledger_test

import (
	"errors"
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func TestVerifyChainFindsWhatTheLedgerDidNotDo(t *testing.T) {
	// reseal gives an account that was edited the hash of its content, as somebody who knows how would.
	reseal := func(account *ledger.Account) { _, _ = account.Encode() }
	tests := []struct {
		name string
		edit func(history []*ledger.Account) []*ledger.Account
	}{
		{"an edited account", func(h []*ledger.Account) []*ledger.Account {
			h[2].Usage["tokens"]--
			return h
		}},
		{"an edited and sealed account", func(h []*ledger.Account) []*ledger.Account {
			h[2].Usage["tokens"]--
			reseal(h[2])
			return h
		}},
		{"an edited and sealed last account", func(h []*ledger.Account) []*ledger.Account {
			last := h[len(h)-1]
			last.Usage["tokens"]--
			reseal(last)
			return h
		}},
		{"an edited and sealed allocation", func(h []*ledger.Account) []*ledger.Account {
			last := h[len(h)-1]
			last.Allocations[everyone]--
			reseal(last)
			return h
		}},
		{"an edited and sealed balance", func(h []*ledger.Account) []*ledger.Account {
			last := h[len(h)-1]
			last.Balances[ledger.LimitationKey{ActivationID: "license", LimitationID: "feature"}] = licensing.Balance{}
			reseal(last)
			return h
		}},
		{"an edited list of pages of receipts", func(h []*ledger.Account) []*ledger.Account {
			h[2].Pages = append(h[2].Pages, &ledger.ReceiptPage{Hash: "forged"})
			return h
		}},
		{"a missing commit", func(h []*ledger.Account) []*ledger.Account { return append(h[:2], h[3:]...) }},
		{"commits in another order", func(h []*ledger.Account) []*ledger.Account {
			h[1], h[2] = h[2], h[1]
			return h
		}},
		{"another instance's account", func(h []*ledger.Account) []*ledger.Account {
			last := h[len(h)-1]
			last.ID.Name = "other"
			reseal(last)
			return h
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, 100, func(w *world) {
				w.allocate(50)
				engine := w.replica("a").open()
				for range 4 {
					_, err := engine.oneOff("", 1)
					w.succeeds(err)
				}
				_, err := engine.provision(w.memory.CreateUser(w, w.id, "license", "ann"), license("ann", 1))
				w.succeeds(err)
				history, err := w.memory.History(w.id)
				w.succeeds(err)
				w.succeeds(ledger.VerifyChain(history))
				if err := ledger.VerifyChain(test.edit(history)); !errors.Is(err, ledger.ErrBroken) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}
