package audit_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
)

// ruin is what may happen to an account.
var ruin = map[string]func(w *world){
	"deleted":          func(w *world) { w.memory.DeleteAccount(w, w.id) },
	"restored":         func(w *world) { w.memory.RestoreAccount(w.id, 5) },
	"edited":           func(w *world) { w.tamper(ledger.PartUsage, `{"ACT2":"1"}`) },
	"emptied":          func(w *world) { w.tamper(ledger.PartUsage, "{}"); w.tamper(ledger.PartLimitations, "{}") },
	"made unreadable":  func(w *world) { w.tamper(ledger.PartHead, "{") },
	"half unreadable":  func(w *world) { w.tamper(ledger.PartOpen, "{") },
	"made another's":   func(w *world) { other := w.memory.CreateInstance(w); w.found(other); w.memory.CopyAccount(w.id, other) },
	"in another state": func(w *world) { w.memory.RestoreAccount(w.id, len(w.history())-2) },
}

func (w *world) tamper(part, text string) {
	w.memory.TamperAccount(w, w.id, part, func(string) string { return text })
}

// found opens the account of another Instance.
func (w *world) found(id ledger.AccountID) {
	_, err := w.replicas[0].Open(w.Context(), id)
	w.succeeds(err)
}

func (w *world) history() []*ledger.Account {
	history, err := w.memory.History(w.id)
	w.succeeds(err)
	return history
}

// write stores what was rebuilt, as an administrator does.
func (w *world) write(rebuilt audit.Rebuilt) {
	w.Helper()
	parts, err := rebuilt.Parts()
	w.succeeds(err)
	w.memory.DeleteAccount(w, w.id)
	_, err = w.memory.CreateAccount(w.Context(), ledger.NewAccount(w.id))
	w.succeeds(err)
	for _, part := range []string{ledger.PartHead, ledger.PartUsage, ledger.PartLimitations, ledger.PartAllocations, ledger.PartOpen, ledger.PartReceipts, ledger.PartPages} {
		if text, found := parts[part]; found {
			w.tamper(part, text)
		}
	}
}

func TestARuinedAccountIsRebuiltFromItsRecords(t *testing.T) {
	for how, ruins := range ruin {
		for _, waiting := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, waiting %t", how, waiting), func(t *testing.T) {
				aged(t, func(w *world) {
					w.fail(waiting) // what is charged from now on waits for the store
					w.live(20)
					w.rest()
					before := w.stored()
					w.memory.SetAnchor(t, w.id, ledger.Anchor{Sequence: before.Sequence, Hash: before.Hash})
					want := figuresOf(before)
					w.shown = before.Usage
					ruins(w)
					halted := w.expectHalt("")
					rebuilt, err := audit.Rebuild(w.gather(), time.Now())
					w.succeeds(err)
					if rebuilt.Written || len(rebuilt.Findings) == 0 {
						t.Errorf("it needs no rebuilding: %+v", rebuilt)
					}
					if len(rebuilt.Shortfalls) > 0 {
						t.Errorf("all is recorded, and yet: %v", rebuilt.Shortfalls)
					}
					w.write(rebuilt)
					if accepted := w.expectHalt(halted); accepted != rebuilt.Incident() {
						t.Errorf("the operator reports %s, want %s", accepted, rebuilt.Incident())
					}
					again, err := audit.Rebuild(w.gather(), time.Now().Add(time.Hour))
					w.succeeds(err)
					if !again.Written {
						t.Errorf("rebuilt twice: %v", again.Findings)
					}
					w.memory.SetAnchor(t, w.id, ledger.Anchor{Sequence: before.Sequence, Hash: before.Hash, Accepted: rebuilt.Incident()})
					_, err = w.any().Snapshot(w.Context(), w.id, true)
					w.succeeds(err)
					w.expectFigures("after the rebuilding", want)
					sequence := w.stored().Sequence
					w.memory.SetAnchor(t, w.id, ledger.Anchor{})
					w.fail(false)
					w.live(60)
					w.settle()
					if w.stored().Sequence <= sequence {
						t.Error("charging does not go on")
					}
					w.expectSound()
				})
			})
		}
	}
}

// expectHalt gives the incident for which charging has stopped, another one than before.
func (w *world) expectHalt(before string) string {
	w.Helper()
	_, err := w.replicas[0].Snapshot(w.Context(), w.id, true)
	var halted *ledger.HaltedError
	if !errors.As(err, &halted) || halted.Incident.ID == before {
		w.Fatalf("charging goes on, or stopped for %s again: %v", before, err)
	}
	return halted.Incident.ID
}

func TestRebuildingKeepsAnswersAndOpenTransactions(t *testing.T) {
	aged(t, func(w *world) {
		w.act()
		before := w.stored()
		w.tamper(ledger.PartUsage, "{}")
		rebuilt, err := audit.Rebuild(w.gather(), time.Now())
		w.succeeds(err)
		if len(rebuilt.Account.Receipts) != len(before.Receipts) || len(rebuilt.Account.Open) != len(before.Open) || len(before.Receipts) == 0 {
			t.Errorf("%d answers and %d open transactions, want %d and %d", len(rebuilt.Account.Receipts), len(rebuilt.Account.Open), len(before.Receipts), len(before.Open))
		}
		parts, err := rebuilt.Parts()
		w.succeeds(err)
		var head struct{ Hash string }
		w.succeeds(json.Unmarshal([]byte(parts[ledger.PartHead]), &head))
		if head.Hash != audit.RebuiltHash {
			t.Errorf("the hash is %q: the account would go on unaccepted", head.Hash)
		}
	})
}

func TestAnAlteredOpenTransactionIsNotTakenOver(t *testing.T) {
	aged(t, func(w *world) {
		evidence := w.gather()
		recorded := w.records[0]
		evidence.Account.Open = []*ledger.Transaction{{
			ID: recorded.TransactionID, Sequence: recorded.Sequence, Cause: licensing.CauseOneOff,
			Entries: []licensing.Entry{{Kind: licensing.EntryCharge, ActivationID: "ACT2", Tokens: 1}},
		}}
		evidence.Known = map[string]usage.Record{recorded.ID: recorded}
		rebuilt, err := audit.Rebuild(evidence, time.Now())
		w.succeeds(err)
		if len(rebuilt.Account.Open) != 0 || len(rebuilt.Dropped) != 1 || rebuilt.Dropped[0] != recorded.TransactionID {
			t.Errorf("open %v, dropped %v", rebuilt.Account.Open, rebuilt.Dropped)
		}
		if !maps.Equal(rebuilt.Account.Usage, evidence.Recorded.Usage) {
			t.Errorf("%v is used, want %v", rebuilt.Account.Usage, evidence.Recorded.Usage)
		}
	})
}

func TestNoAccountIsMadeOfImpossibleRecords(t *testing.T) {
	evidence := audit.Evidence{Recorded: audit.NewSums()}
	evidence.Recorded.Usage["ACT"] = -1
	if _, err := audit.Rebuild(evidence, time.Time{}); !errors.Is(err, audit.ErrImpossible) {
		t.Errorf("got %v", err)
	}
}
