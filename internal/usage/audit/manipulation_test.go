package audit_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
)

func has(verdict audit.Verdict, is func(audit.Finding) bool) bool {
	return slices.ContainsFunc(verdict.Findings, is)
}

// aged is a world with a history, at rest.
func aged(t *testing.T, test func(w *world)) {
	inBubble(t, 7, func(w *world) {
		w.live(150)
		w.settle()
		w.expectSound()
		test(w)
	})
}

// withWaiting is such a world where the records of so many further steps wait for a store that is down.
func withWaiting(t *testing.T, steps int, test func(w *world)) {
	aged(t, func(w *world) {
		w.fail(true)
		w.live(steps)
		w.rest()
		test(w)
	})
}

// TestEveryFieldOfARecordIsSealed changes each field of records of every kind that there are, one at a time.
func TestEveryFieldOfARecordIsSealed(t *testing.T) {
	aged(t, func(w *world) {
		seen := map[usage.Kind]bool{}
		for at, original := range w.records {
			if seen[original.Kind] {
				continue
			}
			seen[original.Kind] = true
			for i := range reflect.TypeFor[usage.Record]().NumField() {
				field := reflect.TypeFor[usage.Record]().Field(i).Name
				if field == "Position" { // the store gives it
					continue
				}
				altered := original
				alter(t, reflect.ValueOf(&altered).Elem().Field(i))
				w.records[at] = altered
				verdict := w.verdict()
				if !has(verdict, func(f audit.Finding) bool {
					return f.Kind == audit.RecordAltered && f.RecordID == altered.ID
				}) {
					t.Errorf("%s: %s is %v instead of %v, which is not found: %v", original.Kind, field,
						reflect.ValueOf(altered).Field(i), reflect.ValueOf(original).Field(i), verdict.Findings)
				}
				w.records[at] = original
			}
		}
		w.expectSound()
		if len(seen) < 6 {
			t.Errorf("only records of these kinds were tried: %v", seen)
		}
	})
}

// alter gives a field another value that looks as good.
func alter(t *testing.T, field reflect.Value) {
	switch value := field.Addr().Interface().(type) {
	case *time.Time:
		*value = value.Add(time.Millisecond)
	default:
		switch {
		case field.Kind() == reflect.String:
			field.SetString(field.String() + "x")
		case field.CanInt():
			field.SetInt(field.Int() + 1)
		case field.Kind() == reflect.Slice:
			field.SetBytes([]byte(`{"a":"other"}`))
		default:
			t.Fatalf("alter cannot alter a %s", field.Type())
		}
	}
}

// A forger who seals a record again is betrayed by the sums.
func TestFiguresOfARecordThatWasSealedAgainAreFound(t *testing.T) {
	forgeries := map[string]func(*usage.Record){
		"Tokens":       func(r *usage.Record) { r.Tokens++ },
		"Units":        func(r *usage.Record) { r.Units++ },
		"Kind":         func(r *usage.Record) { r.Kind = usage.Denial },
		"ActivationID": func(r *usage.Record) { r.ActivationID = "other" },
		"LimitationID": func(r *usage.Record) { r.LimitationID += "x" },
	}
	aged(t, func(w *world) {
		for name, forge := range forgeries {
			for at, original := range w.records {
				if original.Tokens == 0 && !original.MovesUnits() || name == "Units" && !original.MovesUnits() || name == "LimitationID" && original.LimitationID == "" ||
					name == "Tokens" && original.MovesUnits() || original.MovesUnits() && w.over(original) || original.MovesUnits() && original.Units == 0 {
					continue
				}
				forged := original
				forge(&forged)
				w.records[at] = forged.Sealed()
				if verdict := w.verdict(); !has(verdict, func(f audit.Finding) bool {
					return f.Kind == audit.TotalsDiffer && (f.ActivationID == original.ActivationID || f.ActivationID == forged.ActivationID)
				}) {
					t.Errorf("%s of %s %s: %v", name, original.Kind, original.ID, verdict.Findings)
				}
				w.records[at] = original
			}
		}
	})
}

// over tells whether the record counts in a period that is over, so that no figure depends on it any more.
func (w *world) over(record usage.Record) bool {
	key := usage.LimitationKey{ActivationID: record.ActivationID, LimitationID: record.LimitationID}
	return record.Period < w.totals.Units[key].Period
}

func TestARecordThatIsGoneIsMissed(t *testing.T) {
	aged(t, func(w *world) {
		all := w.records
		for at := range all {
			w.records = slices.Delete(slices.Clone(all), at, at+1)
			if verdict := w.verdict(); !has(verdict, func(f audit.Finding) bool { return f.Kind == audit.RecordsGone }) {
				t.Errorf("record %d: %v", at, verdict.Findings)
			}
		}
	})
}

func TestARecordThatIsThereTwiceIsFound(t *testing.T) {
	aged(t, func(w *world) {
		all := w.records
		for at, record := range all {
			w.records = slices.Insert(slices.Clone(all), at, record)
			if verdict := w.verdict(); !has(verdict, func(f audit.Finding) bool { return f.Kind == audit.RecordMisplaced && f.RecordID == record.ID }) {
				t.Errorf("record %d: %v", at, verdict.Findings)
			}
		}
	})
}

// inMonths is a world with a history over two months, at rest.
func inMonths(t *testing.T, test func(w *world, newest time.Time)) {
	inBubble(t, 7, func(w *world) {
		w.live(80)
		time.Sleep(31 * 24 * time.Hour)
		newest := time.Now()
		w.live(80)
		w.settle()
		w.expectSound()
		test(w, time.Date(newest.Year(), newest.Month(), 1, 0, 0, 0, 0, time.UTC))
	})
}

func TestWhatRetentionDropsIsNoFinding(t *testing.T) {
	inMonths(t, func(w *world, newest time.Time) {
		all := len(w.records)
		w.retain(newest)
		if len(w.records) == 0 || len(w.records) == all {
			t.Fatalf("%d of %d records are kept", len(w.records), all)
		}
		verdict := w.verdictWith(audit.Options{Retention: true})
		if !verdict.Sound() || len(verdict.Notes) != 1 || !strings.Contains(verdict.Notes[0], "as retention allows") {
			t.Errorf("%v %v", verdict.Findings, verdict.Notes)
		}
		if w.verdict().Sound() {
			t.Error("without retention records are not missed")
		}
		w.keptFrom = time.Time{}
		if verdict := w.verdictWith(audit.Options{Retention: true}); !has(verdict, func(f audit.Finding) bool { return f.Kind == audit.RecordsGone }) {
			t.Errorf("the store has dropped nothing, and records are gone: %v", verdict.Findings)
		}
	})
}

// Retention drops whole months only.
func TestARecordThatIsGoneOfAMonthThatIsKeptIsMissed(t *testing.T) {
	inMonths(t, func(w *world, newest time.Time) {
		w.retain(newest)
		all := w.records
		for at, record := range all {
			w.records = slices.Delete(slices.Clone(all), at, at+1)
			verdict := w.verdictWith(audit.Options{Retention: true})
			if !has(verdict, func(f audit.Finding) bool {
				return f.Kind == audit.SumsDiffer && strings.Contains(f.Message, fmt.Sprintf("records in %s of line item %q", newest.Format("2006-01"), record.ActivationID))
			}) {
				t.Errorf("record %d: %v", at, verdict.Findings)
			}
		}
	})
}

// TestEveryFigureOfTheAccountIsCompared changes each figure of an account in turn, with a hash that matches.
func TestEveryFigureOfTheAccountIsCompared(t *testing.T) {
	aged(t, func(w *world) {
		account := w.stored()
		try := func(what string, is func(audit.Finding) bool, alter func(*ledger.Account)) {
			t.Helper()
			evidence := w.gather()
			altered := account.Clone()
			alter(altered)
			if _, err := altered.Encode(); err != nil {
				t.Fatal(err)
			}
			evidence.Account = altered
			verdict := audit.Verify(evidence, nil, audit.Options{})
			if !slices.ContainsFunc(verdict.Findings, is) || len(verdict.Findings) != 1 {
				t.Errorf("%s: %v", what, verdict.Findings)
			}
		}
		for id := range account.Usage {
			try("used of "+id, func(f audit.Finding) bool { return f.Kind == audit.UsedDiffers && f.ActivationID == id },
				func(a *ledger.Account) { a.Usage[id]++ })
		}
		for key := range account.Allocations {
			try(fmt.Sprint("used under ", key), func(f audit.Finding) bool {
				return f.Kind == audit.AllocationDiffers && f.ActivationID == key.ActivationID && f.ActionID == key.ActionID
			}, func(a *ledger.Account) { a.Allocations[key]-- })
		}
		for key, balance := range account.Balances {
			kinds := map[audit.Kind][]func(*licensing.Balance){
				audit.BalanceDiffers: {func(b *licensing.Balance) { b.Consumed++ }},
				audit.PeriodDiffers:  {func(b *licensing.Balance) { b.Period++ }, func(b *licensing.Balance) { b.LastReset = b.LastReset.Add(time.Nanosecond) }},
			}
			for kind, alterations := range kinds {
				for _, alter := range alterations {
					try(fmt.Sprint(kind, " of ", key), func(f audit.Finding) bool {
						return f.Kind == kind && f.ActivationID == key.ActivationID && f.LimitationID == key.LimitationID
					}, func(a *ledger.Account) { changed := balance; alter(&changed); a.Balances[key] = changed })
				}
			}
		}
		try("another account", func(f audit.Finding) bool { return f.Kind == audit.AccountForeign }, func(a *ledger.Account) { a.ID.Name = "other" })
		try("an older commit", func(f audit.Finding) bool { return f.Kind == audit.AccountBehind }, func(a *ledger.Account) { a.Sequence = w.totals.Sequence - 1 })
	})
}

func TestEditsOfTheStoredAccountAreFound(t *testing.T) {
	edits := map[string]func(string) string{
		ledger.PartHead:     func(text string) string { return strings.Replace(text, `"id":"`, `"id":"x`, 1) },
		ledger.PartUsage:    func(text string) string { return strings.Replace(text, `":"`, `":"1`, 1) },
		ledger.PartReceipts: func(text string) string { return strings.Replace(text, `"digest":"`, `"digest":"x`, 1) },
		ledger.PartOpen: func(string) string {
			return `{"id":"invented","sequence":3,"time":"2000-01-01T00:00:00Z","cause":"OneOff"}` + "\n"
		},
	}
	for part, edit := range edits {
		t.Run(part, func(t *testing.T) {
			aged(t, func(w *world) {
				w.act()
				w.memory.TamperAccount(t, w.id, part, func(text string) string {
					edited := edit(text)
					if edited == text {
						t.Fatalf("nothing to edit in %s", text)
					}
					return edited
				})
				if verdict := w.verdict(); !has(verdict, func(f audit.Finding) bool { return f.Kind == audit.AccountAltered }) {
					t.Errorf("%v", verdict.Findings)
				}
			})
		})
	}
}

func TestTheAnchorShowsAnotherHistory(t *testing.T) {
	aged(t, func(w *world) {
		account := w.stored()
		for kind, anchor := range map[audit.Kind]ledger.Anchor{
			audit.AccountBehind: {Sequence: account.Sequence + 1, Hash: "x"},
			audit.AccountForked: {Sequence: account.Sequence, Hash: "x"},
		} {
			w.memory.SetAnchor(t, w.id, anchor)
			if verdict := w.verdict(); len(verdict.Findings) != 1 || verdict.Findings[0].Kind != kind {
				t.Errorf("%s: %v", kind, verdict.Findings)
			}
		}
		w.memory.SetAnchor(t, w.id, ledger.Anchor{Sequence: account.Sequence - 1, Hash: "x"})
		if verdict := w.verdict(); len(verdict.Findings) != 1 || verdict.Findings[0].Kind != audit.AccountForked {
			t.Errorf("the next commit: %v", verdict.Findings)
		}
	})
}

// An object that asks again is refused with the same id, by another replica in another commit.
func TestADenialThatIsRepeatedIsNoDifference(t *testing.T) {
	aged(t, func(w *world) {
		for _, kind := range []usage.Kind{usage.Denial, usage.Charge} {
			evidence := w.gather()
			repeated := &ledger.Transaction{
				ID: "repeated", Sequence: evidence.Account.Sequence, Time: time.Now(), Cause: licensing.CauseRefused,
				Denials: []ledger.Denial{{Item: "item", Reason: "NotEnoughTokens"}},
			}
			recorded := usage.RecordsOf(w.id, repeated)[0]
			recorded.Kind, recorded.Sequence = kind, recorded.Sequence-1
			evidence.Account.Open = []*ledger.Transaction{repeated}
			evidence.Known[recorded.ID] = recorded.Sealed()
			verdict := audit.Verify(evidence, nil, audit.Options{})
			if sound := kind == usage.Denial; verdict.Sound() != sound {
				t.Errorf("recorded as %s: %v", kind, verdict.Findings)
			}
		}
	})
}

func TestAnOpenTransactionIsHeldAgainstItsRecords(t *testing.T) {
	aged(t, func(w *world) {
		for _, client := range w.clients {
			client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
				if call.Op == ledgertest.OpWrite {
					fault.Before = ledgertest.ErrLost
				}
				return fault
			})
		}
		session := w.memory.CreateSession(w, w.id)
		_, err := w.any().Access(w.Context(), w.id, session, licensing.Access{
			Items: []licensing.RequestedItem{{Name: "cheap", Count: licensing.One}}, RollbackOnDeny: true,
		}, ledger.Idempotency{})
		w.succeeds(err)
		time.Sleep(time.Second)
		w.expectSound()
		evidence := w.gather()
		altered := *evidence.Account.Open[0]
		altered.Entries = slices.Clone(altered.Entries)
		altered.Entries[0].Item = "other"
		evidence.Account.Open[0] = &altered
		verdict := audit.Verify(evidence, nil, audit.Options{})
		if len(verdict.Findings) != 1 || verdict.Findings[0].Kind != audit.OpenDiffers || verdict.Findings[0].TransactionID != altered.ID {
			t.Errorf("%v", verdict.Findings)
		}
		for _, client := range w.clients {
			client.Inject(nil)
		}
		w.settle()
	})
}

// expectAltered wants the verdict to name the record as altered.
func (w *world) expectAltered(id, message string) {
	w.Helper()
	if verdict := w.verdict(); !has(verdict, func(f audit.Finding) bool {
		return f.Kind == audit.RecordAltered && f.RecordID == id && strings.Contains(f.Message, message)
	}) {
		w.Errorf("record %s: want %q, got %v", id, message, verdict.Findings)
	}
}

func TestARecordWithoutASealIsAltered(t *testing.T) {
	aged(t, func(w *world) {
		for at, original := range w.records {
			w.records[at].RequesterValue, w.records[at].Seal = "Bob", ""
			w.expectAltered(original.ID, "it has no seal")
			w.records[at] = original
		}
		w.expectSound()
	})
}

func TestARecordThatWaitsIsHeldAgainstItsSeal(t *testing.T) {
	withWaiting(t, 40, func(w *world) {
		for at, original := range w.waiting {
			w.waiting[at].RequesterValue = "Bob"
			w.expectAltered(original.ID, "its content does not match its seal")
			w.waiting[at].Seal = ""
			w.expectAltered(original.ID, "it has no seal")
			w.waiting[at] = original
		}
		w.expectSound()
	})
}

// A page is there for a while when its records are stored already. A denial may be there again, with other figures.
func TestARecordThatWaitsSaysWhatTheStoredOneSays(t *testing.T) {
	withWaiting(t, 60, func(w *world) {
		w.drain(len(w.waiting) - 1 + len(w.waiting)%2) // an odd number, which stays on the pages
		kinds := map[bool]int{}
		for at, original := range w.waiting[:len(w.waiting)-1] {
			forged := original
			forged.RequesterValue = "Bob"
			w.waiting[at] = forged.Sealed()
			denial := original.Kind == usage.Denial
			kinds[denial]++
			if denial {
				w.expectSound()
			} else {
				w.expectAltered(original.ID, "says something else than at position")
			}
			w.waiting[at] = original
		}
		if kinds[true] == 0 || kinds[false] == 0 {
			t.Errorf("too little happened: %v", kinds)
		}
		w.expectSound()
	})
}

// What came into the store after its totals were read is replayed by nobody.
func TestTheNewestRecordsAreHeldAgainstTheirSeals(t *testing.T) {
	aged(t, func(w *world) {
		stored := len(w.records)
		w.between = func(reading string) {
			if reading == "account" && len(w.records) == stored {
				w.live(20)
				w.rest()
				w.records[stored].RequesterValue = "Bob"
			}
		}
		verdict := w.verdict()
		if !has(verdict, func(f audit.Finding) bool { return f.Kind == audit.RecordAltered && f.RecordID == w.records[stored].ID }) {
			t.Errorf("%v", verdict.Findings)
		}
	})
}
