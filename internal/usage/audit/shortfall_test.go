package audit_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
)

// lose deletes the account, of which the Instance and its line items remember all.
func (w *world) lose() (before *ledger.Account) {
	w.Helper()
	before = w.stored()
	w.memory.SetAnchor(w, w.id, ledger.Anchor{Sequence: before.Sequence, Hash: before.Hash})
	w.shown = maps.Clone(before.Usage)
	w.memory.DeleteAccount(w, w.id)
	return before
}

// restart makes the store one that has only some of the records.
func (w *world) restart(kept []usage.Record) {
	empty := newKeeper(w.memory, w.id)
	w.records, w.summed, w.ids, w.totals = nil, nil, empty.ids, empty.totals
	for _, record := range kept {
		w.append(record)
	}
}

func TestWhatIsNotRecordedIsToldWhereThereIsNoAccount(t *testing.T) {
	losses := map[string]struct {
		lose func(w *world)
		want []string
	}{
		"nothing was lost": {func(*world) {}, nil},
		"records were lost because there was no room for them": {
			func(w *world) {
				w.restart(slices.DeleteFunc(w.records, func(record usage.Record) bool { return record.ActivationID == "ACT2" }))
			},
			[]string{"used of line item ACT2: its status says"},
		},
		"the store was restored from an older backup": {
			func(w *world) { w.restart(w.records[:len(w.records)/3]) },
			[]string{"used of line item", "the Instance has seen commit"},
		},
		"the store was replaced": {
			func(w *world) { w.restart(nil) },
			[]string{"used of line item ACT/1", "used of line item ACT2", "the newest record is of commit 0"},
		},
		"the last transaction was not recorded": {
			func(w *world) { w.shown["ACT2"]++ },
			[]string{"used of line item ACT2: its status says"},
		},
		"records are ahead of the status": {func(w *world) { w.shown["ACT2"]-- }, nil},
		"a line item was deleted":         {func(w *world) { delete(w.shown, "ACT2") }, nil},
	}
	for name, loss := range losses {
		t.Run(name, func(t *testing.T) {
			aged(t, func(w *world) {
				w.lose()
				loss.lose(w)
				rebuilt, err := audit.Rebuild(w.gather(), time.Now())
				w.succeeds(err)
				w.expectShortfalls(rebuilt.Shortfalls, loss.want)
				verdict := audit.Verify(w.gather(), nil, audit.Options{})
				if verdict.Findings[0].Kind != audit.AccountMissing || verdict.Difference != "" {
					t.Errorf("a lost account can be accepted as a difference %q: %v", verdict.Difference, verdict.Findings)
				}
				w.expectShortfalls(verdict.Findings[1:], loss.want)
			})
		})
	}
}

func (w *world) expectShortfalls(got []audit.Finding, want []string) {
	w.Helper()
	if len(want) == 0 && len(got) > 0 {
		w.Errorf("got %v", got)
	}
	for _, text := range want {
		if !slices.ContainsFunc(got, func(f audit.Finding) bool {
			return f.Kind == audit.RecordsIncomplete && strings.Contains(f.Message, text)
		}) {
			w.Errorf("got %v, want %q", got, text)
		}
	}
}

// Commits that take finished transactions off the account have no record.
func TestAFewCommitsWithoutARecordAreNoShortfall(t *testing.T) {
	for ahead, shortfalls := range map[int64]int{0: 0, 20: 0, 21: 1} {
		rebuilt, err := audit.Rebuild(audit.Evidence{
			Trouble: ledger.ErrAccountMissing, Anchor: ledger.Anchor{Sequence: 30 + ahead},
			Recorded: audit.Sums{Books: licensing.NewBooks(), Sequence: 30},
		}, time.Now())
		if err != nil || len(rebuilt.Shortfalls) != shortfalls {
			t.Errorf("%d commits ahead: %v, %v, want %d", ahead, rebuilt.Shortfalls, err, shortfalls)
		}
	}
}

// An Instance that is created while the usage store is down gets no account before that is back.
func TestAnAccountThatWasNeverOpenedIsNotMissing(t *testing.T) {
	one := func(sums *audit.Sums) { sums.Records = 1 }
	for what, test := range map[string]struct {
		anchor       ledger.Anchor
		shown        map[string]licensing.Tokens
		recorded     func(*audit.Sums)
		sound, known bool
	}{
		"a new Instance":                                      {sound: true, known: true},
		"a new Instance with a line item":                     {shown: map[string]licensing.Tokens{"ACT2": 0}, sound: true, known: true},
		"a name that is wrong":                                {anchor: ledger.Anchor{Gone: true}, sound: true},
		"the Instance has seen a commit":                      {anchor: ledger.Anchor{Sequence: 1}, known: true},
		"something is recorded":                               {recorded: one, known: true},
		"a line item says something is used":                  {shown: map[string]licensing.Tokens{"ACT2": 1}, known: true},
		"the Instance was deleted, and something is recorded": {anchor: ledger.Anchor{Gone: true}, recorded: one, known: true},
	} {
		evidence := audit.Evidence{Trouble: ledger.ErrAccountMissing, Anchor: test.anchor, Shown: test.shown, Recorded: audit.NewSums()}
		if test.recorded != nil {
			test.recorded(&evidence.Recorded)
		}
		verdict := audit.Verify(evidence, nil, audit.Options{})
		if noted := len(verdict.Notes) == 1 && strings.Contains(verdict.Notes[0], "never opened"); verdict.Sound() != test.sound || noted != test.sound {
			t.Errorf("%s: findings %v, notes %v", what, verdict.Findings, verdict.Notes)
		}
		if evidence.Unknown() == test.known {
			t.Errorf("%s: it is unknown: %t", what, evidence.Unknown())
		}
	}
}
