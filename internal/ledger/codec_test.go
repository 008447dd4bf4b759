package ledger_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func TestAnAccountOfAnEarlierVersionGoesOn(t *testing.T) {
	text, err := os.ReadFile("testdata/account_without_periods.json")
	if err != nil {
		t.Fatal(err)
	}
	var parts map[string]string
	if err := json.Unmarshal(text, &parts); err != nil {
		t.Fatal(err)
	}
	account, err := ledger.Decode(parts)
	if err != nil {
		t.Fatal(err)
	}
	if ann := account.Open[0].State.User; ann.HasSeat() || ann.Holdings[0].Origin != licensing.ConsumedHolding {
		t.Errorf("the user is %+v", ann)
	}
	feature := ledger.LimitationKey{ActivationID: "ACT/1", LimitationID: "feature"}
	if got := account.Balances[feature]; got.Held() != 2 || got.Period != 0 {
		t.Errorf("the balance is %+v", got)
	}
	next := account.Clone()
	next.Sequence, next.PreviousHash = account.Sequence+1, account.Hash
	parts, err = next.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if next, err = ledger.Decode(parts); err != nil {
		t.Fatal(err)
	}
	if err := ledger.VerifyChain([]*ledger.Account{account, next}); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(account.Balances, next.Balances); diff != "" {
		t.Errorf("balances (-before +after):\n%s", diff)
	}
	if next.Movements != nil {
		t.Errorf("%d movements are counted, although nobody knows how many were before", *next.Movements)
	}
}

func TestAChainCountsItsMovements(t *testing.T) {
	first := ledger.NewAccount(ledger.AccountID{Namespace: "example-producer", Name: "acme"})
	first.Sequence = 1
	next := func(movements *int64) []*ledger.Account {
		t.Helper()
		if _, err := first.Encode(); err != nil {
			t.Fatal(err)
		}
		second := first.Clone()
		second.Sequence, second.PreviousHash, second.Movements = 2, first.Hash, movements
		second.Balances[ledger.LimitationKey{ActivationID: "ACT", LimitationID: "feature"}] = licensing.Balance{}
		second.Open = []*ledger.Transaction{{
			ID: "both", Sequence: 2,
			Units: []ledger.UnitEntry{{ActivationID: "ACT", LimitationID: "feature", Units: 1}, {ActivationID: "ACT", LimitationID: "feature", Units: -1}},
		}}
		if _, err := second.Encode(); err != nil {
			t.Fatal(err)
		}
		return []*ledger.Account{first, second}
	}
	for name, test := range map[string]struct {
		movements *int64
		broken    bool
	}{
		"both":                       {movements: new(int64(2))},
		"one of them":                {movements: new(int64(1)), broken: true},
		"by a version that does not": {},
	} {
		if err := ledger.VerifyChain(next(test.movements)); (err != nil) != test.broken {
			t.Errorf("%s: %v", name, err)
		}
	}
	first.Movements = nil
	if err := ledger.VerifyChain(next(new(int64(2)))); err == nil {
		t.Error("a count without a beginning is taken for one")
	}
}

func TestNamesOfLimitationsAreReadAsTheyWereWritten(t *testing.T) {
	for _, key := range []ledger.LimitationKey{
		{ActivationID: "ACT", LimitationID: "feature"},
		{ActivationID: "ACT/1/x", LimitationID: "feature"},
		{ActivationID: "#seat", LimitationID: "feature"},
		{ActivationID: "", LimitationID: "feature"},
		{ActivationID: "ACT", LimitationID: licensing.SeatID},
		{ActivationID: "ACT/1", LimitationID: licensing.TokenID},
		{ActivationID: "ACT", LimitationID: licensing.GroupSeatID("red")},
		{ActivationID: "ACT/1", LimitationID: licensing.GroupSeatID("red")},
		{ActivationID: "#seat", LimitationID: licensing.GroupSeatID("red")},
	} {
		text, err := key.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var read ledger.LimitationKey
		if err := read.UnmarshalText(text); err != nil || read != key {
			t.Errorf("%s is read as %+v (%v), want %+v", text, read, err, key)
		}
	}
	if err := new(ledger.LimitationKey).UnmarshalText([]byte("feature")); err == nil {
		t.Error("a text without an activation id was read")
	}
}
