package ledgertest

import (
	"encoding/json"
	"strings"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func (c contract) create() (*ledger.Account, ledger.Version) {
	c.Helper()
	account := ledger.NewAccount(c.id)
	account.Sequence, account.Time = 1, at(0)
	version, err := c.store.CreateAccount(c.Context(), account)
	c.succeeds(err)
	return account, version
}

func (c contract) load() (*ledger.Account, ledger.Version) {
	c.Helper()
	account, version, err := c.store.LoadAccount(c.Context(), c.id)
	c.succeeds(err)
	return account, version
}

func (c contract) missingAccount() {
	_, _, err := c.store.LoadAccount(c.Context(), c.id)
	c.fails(err, ledger.ErrAccountMissing)
	_, err = c.store.CommitAccount(c.Context(), ledger.NewAccount(c.id), "1")
	c.fails(err, ledger.ErrAccountMissing)
}

func (c contract) createsOnce() {
	created, version := c.create()
	_, err := c.store.CreateAccount(c.Context(), ledger.NewAccount(c.id))
	c.fails(err, ledger.ErrAccountExists)
	account, loadedVersion := c.load()
	c.equal(account, created)
	c.equal(loadedVersion, version)
}

func (c contract) commitsAtVersion() {
	account, first := c.create()
	account.Sequence, account.PreviousHash = 2, account.Hash
	second, err := c.store.CommitAccount(c.Context(), account, first)
	c.succeeds(err)
	if first == second {
		c.Fatalf("both commits have version %s", first)
	}
	late := account.Clone()
	late.Sequence = 99
	_, err = c.store.CommitAccount(c.Context(), late, first)
	c.fails(err, ledger.ErrConflict)
	stored, version := c.load()
	c.equal(stored, account)
	c.equal(version, second)
}

func (c contract) commitsNothingDeleted() {
	account, version := c.create()
	c.DeleteAccount(c, c.id)
	_, err := c.store.CommitAccount(c.Context(), account, version)
	c.fails(err, ledger.ErrAccountMissing)
	_, _, err = c.store.LoadAccount(c.Context(), c.id)
	c.fails(err, ledger.ErrAccountMissing)
	_, current := c.create()
	if current == version {
		c.Fatalf("the account has version %s again after it was created again", version)
	}
	_, err = c.store.CommitAccount(c.Context(), account, version)
	c.fails(err, ledger.ErrConflict)
}

func (c contract) accountRoundTrip() {
	account, version := c.create()
	session := fullSession()
	subject := ledger.Subject{Kind: ledger.SessionSubject, Namespace: "team", Name: "session", UID: "uid"}
	account.Sequence, account.PreviousHash, account.Time = 2, account.Hash, at(1)
	account.Commits["replica"] = ledger.Commit{ID: "commit", Sequence: 2, Time: at(1)}
	account.Usage["activation/1"] = 29_333_333
	account.Allocations[licensing.AllocationKey{ActivationID: "activation/1", ActionID: "action"}] = 29_333_333
	account.Balances[ledger.LimitationKey{ActivationID: "activation/1", LimitationID: "limitation"}] = licensing.Balance{Consumed: licensing.Token, LastReset: at(0)}
	account.Balances[ledger.LimitationKey{ActivationID: "activation/1", LimitationID: licensing.SeatID}] = licensing.Balance{Consumed: 2 * licensing.Token}
	account.Balances[ledger.LimitationKey{ActivationID: "activation/1", LimitationID: licensing.GroupSeatID("red")}] = licensing.Balance{Consumed: licensing.Token}
	account.Balances[ledger.LimitationKey{ActivationID: "activation/1", LimitationID: "meter"}] = licensing.Balance{Consumed: 1, LastReset: at(1), Period: 7}
	account.Open = []*ledger.Transaction{c.consumption("activation/1"), step(subject, 4, session), {
		ID: "unsettled", Sequence: 2, Time: at(1), Key: "key", Cause: licensing.CauseOneOff,
		Requester: licensing.Requester{Type: "user", Value: "<ann> & \"co\"", Dictionary: map[string]string{"team": "ä\n"}},
		Entries: []licensing.Entry{{
			Kind: licensing.EntryCharge, Item: "item", Version: "1.0", Count: licensing.One / 3, Rate: 7, RateTable: "1", Series: "series",
			ActivationID: "activation/1", ActionID: "action", Tokens: 29_333_333, MetaData: json.RawMessage(`{"a":[1,"\u003c"]}`),
		}},
		Units: []ledger.UnitEntry{{ActivationID: "activation/1", LimitationID: "limitation", Units: licensing.Token, Period: 7, LastReset: at(1)}},
	}}
	account.Receipts = []*ledger.Receipt{{Key: "key", Digest: "digest", Time: at(1), Answer: json.RawMessage(`{"answer":1}`)}}
	account.Pages = []*ledger.ReceiptPage{{Hash: strings.Repeat("0f", 32), Count: 7, Bytes: 2048, Newest: at(0)}}
	_, err := c.store.CommitAccount(c.Context(), account, version)
	c.succeeds(err)
	stored, _ := c.load()
	c.equal(stored, account)
}

func (c contract) reportsTampering() {
	account, version := c.create()
	account.Sequence, account.PreviousHash = 2, account.Hash
	account.Usage["activation"] = 5 * licensing.Token
	version, err := c.store.CommitAccount(c.Context(), account, version)
	c.succeeds(err)
	c.TamperAccount(c, c.id, ledger.PartUsage, func(text string) string { return strings.Replace(text, "5", "4", 1) })
	tampered, _, err := c.store.LoadAccount(c.Context(), c.id)
	c.fails(err, ledger.ErrTampered)
	if tampered == nil || tampered.Usage["activation"] != 4*licensing.Token {
		c.Fatalf("the account is not given for a look at it: %+v", tampered)
	}
	_, err = c.store.CommitAccount(c.Context(), account, version)
	c.fails(err, ledger.ErrConflict)
}

func (c contract) anchor() {
	anchor, err := c.store.Anchor(c.Context(), c.id)
	c.succeeds(err)
	c.equal(anchor, ledger.Anchor{})
	want := ledger.Anchor{Sequence: 7, Hash: strings.Repeat("ab", 32), Accepted: "behind-5-7"}
	c.SetAnchor(c, c.id, want)
	anchor, err = c.store.Anchor(c.Context(), c.id)
	c.succeeds(err)
	c.equal(anchor, want)
}

func (c contract) goneInstance() {
	id := ledger.AccountID{Namespace: c.id.Namespace, Name: "never-there"}
	anchor, err := c.store.Anchor(c.Context(), id)
	c.succeeds(err)
	c.equal(anchor, ledger.Anchor{Gone: true})
	for _, fresh := range []bool{false, true} {
		catalog, err := c.store.Catalog(c.Context(), id, fresh)
		c.succeeds(err)
		c.equal(len(catalog.LineItems), 0)
	}
}
