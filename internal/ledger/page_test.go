package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// tinyPages make pages of about three receipts, and put about four such pages together.
func tinyPages(o *ledger.Options) { o.ReceiptTailBytes, o.ReceiptPageBytes = 1<<10, 4<<10 }

func (w *world) account() *ledger.Account {
	w.Helper()
	account, _, err := w.memory.LoadAccount(w.Context(), w.id)
	w.succeeds(err)
	return account
}

// buy makes keyed requests, each of which is granted.
func (r *replica) buy(from, to int) map[int]ledger.OneOffAnswer {
	r.world.Helper()
	answers := map[int]ledger.OneOffAnswer{}
	for n := from; n < to; n++ {
		answer, err := r.oneOff(fmt.Sprint(n), 1+n%3)
		r.world.succeeds(err)
		answers[n] = answer
		time.Sleep(time.Millisecond) // lets a page be stored
	}
	return answers
}

// answersAgain wants each request to get the answer that it got before, without a commit.
func (r *replica) answersAgain(answers map[int]ledger.OneOffAnswer) {
	r.world.Helper()
	r.world.settle()
	before := r.world.account().Sequence
	for n, first := range answers {
		again, err := r.oneOff(fmt.Sprint(n), 1+n%3)
		r.world.succeeds(err)
		if diff := cmp.Diff(first, again); diff != "" || !granted(again) {
			r.world.Fatalf("request %d (-first +again):\n%s", n, diff)
		}
		_, err = r.oneOff(fmt.Sprint(n), 4)
		r.world.fails(err, ledger.ErrKeyReused)
	}
	if made := r.world.account().Sequence - before; made > 0 {
		r.world.Errorf("%d commits for answers that were given before", made)
	}
}

func TestOlderAnswersAreOnPages(t *testing.T) {
	inBubble(t, 10_000, func(w *world) {
		replicas := []*replica{w.replica("a", tinyPages).open(), w.replica("b", tinyPages).open()}
		answers := map[int]ledger.OneOffAnswer{}
		for n := range 300 {
			answer, err := replicas[n/7%2].oneOff(fmt.Sprint(n), 1+n%3)
			w.succeeds(err)
			answers[n] = answer
			time.Sleep(time.Millisecond) // lets a page be stored
		}
		account := w.account()
		if len(account.Receipts) > 20 || len(account.Pages) < 10 || len(account.Pages) > 40 {
			w.Errorf("of 300 answers %d are on the account and the others on %d pages", len(account.Receipts), len(account.Pages))
		}
		onPages := 0
		for _, page := range account.Pages {
			onPages += page.Count
		}
		if onPages+len(account.Receipts) != 300 {
			w.Errorf("%d answers are on pages and %d on the account, 300 were given", onPages, len(account.Receipts))
		}
		for _, r := range append(replicas, w.replica("c", tinyPages), w.replica("d")) {
			r.answersAgain(answers)
		}
		w.checkInvariants()
		w.expectUsed(600 * licensing.Token)
	})
}

func TestAPageIsForgottenWithItsLastAnswer(t *testing.T) {
	inBubble(t, 10_000, func(w *world) {
		engine := w.replica("a", tinyPages).open()
		for n := range 40 {
			time.Sleep(30 * time.Second)
			engine.buy(n, n+1)
		}
		if pages := len(w.account().Pages); pages == 0 || pages > 20 {
			w.Errorf("%d pages", pages)
		}
		// The last 20 are within their retention, some others are on a page with them.
		for n := range 40 {
			_, err := engine.oneOff(fmt.Sprint(n), 1+n%3)
			w.succeeds(err)
		}
		w.settle()
		if made := w.causes()[licensing.CauseOneOff]; made != 40+20 {
			w.Errorf("%d transactions, want 40 and 20 for those that were forgotten", made)
		}
		time.Sleep(11 * time.Minute)
		_, err := engine.oneOff("", 1)
		w.succeeds(err)
		if account := w.account(); len(account.Pages)+len(account.Receipts) > 0 {
			w.Errorf("%d pages and %d answers are left", len(account.Pages), len(account.Receipts))
		}
		w.checkInvariants()
	})
}

func TestRequestsWithoutAKeyReadNoPages(t *testing.T) {
	inBubble(t, 10_000, func(w *world) {
		w.replica("a", tinyPages).open().buy(0, 100)
		b := w.replica("b")
		reads := 0
		b.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
			if call.Op == ledgertest.OpLoadPage {
				reads++
			}
			return fault
		})
		_, err := b.oneOff("", 1)
		w.succeeds(err)
		w.written(b.claim(w.session(), 1, 1))
		if reads > 0 {
			w.Errorf("%d pages were read", reads)
		}
		pages := len(w.account().Pages)
		for range 3 {
			_, err = b.oneOff("5", 3)
			w.succeeds(err)
		}
		if reads != pages {
			w.Errorf("%d pages were read, each of %d once is enough", reads, pages)
		}
		w.checkInvariants()
	})
}

func TestCommitsGoOnWhileAPageIsStored(t *testing.T) {
	for name, landed := range map[string]bool{"a slow one": true, "one that never comes": false} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 10_000, func(w *world) {
				engine := w.replica("a", func(o *ledger.Options) { o.ReceiptTailBytes = 1 << 10 }).open()
				release := make(chan struct{})
				engine.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
					if call.Op == ledgertest.OpCreatePage {
						fault.Held = release
					}
					return fault
				})
				started := time.Now()
				answers := engine.buy(0, 100)
				if took := time.Since(started); took > 200*time.Millisecond {
					w.Errorf("100 requests took %s", took)
				}
				if account := w.account(); len(account.Pages) > 0 || len(account.Receipts) != 100 {
					w.Errorf("%d answers are on the account, %d pages", len(account.Receipts), len(account.Pages))
				}
				if landed {
					close(release)
				}
				time.Sleep(2 * storeTimeout)
				engine.client.Inject(nil)
				engine.answersAgain(answers)
				for n := range 3 {
					time.Sleep(time.Second)
					for key, answer := range engine.buy(100+n, 101+n) {
						answers[key] = answer
					}
				}
				if account := w.account(); len(account.Pages) == 0 || len(account.Receipts) > 20 {
					w.Errorf("%d answers are on the account, %d pages", len(account.Receipts), len(account.Pages))
				}
				w.replica("b").answersAgain(answers)
				if !landed {
					close(release)
				}
				w.checkInvariants()
			})
		})
	}
}

func TestAPageThatCannotBeReadRepeatsNothing(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(w *world, hash string)
	}{
		{"missing", func(w *world, hash string) { w.memory.DeleteReceiptPage(w, w.id, hash) }},
		{"altered", func(w *world, hash string) {
			w.memory.TamperReceiptPage(w, w.id, hash, func(text string) string { return text[1+len(text)/2:] })
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, 10_000, func(w *world) {
				// What is spoiled here on purpose does not stand the check of all pages.
				w.sound = false
				answers := w.replica("a", tinyPages).open().buy(0, 60)
				w.settle()
				account := w.account()
				spoiled := account.Pages[0]
				text, err := w.memory.LoadReceiptPage(w.Context(), w.id, spoiled.Hash)
				w.succeeds(err)
				test.spoil(w, spoiled.Hash)
				before := w.used()

				b := w.replica("b")
				again, unavailable := 0, 0
				for n, first := range answers {
					answer, err := b.oneOff(fmt.Sprint(n), 1+n%3)
					if err == nil {
						again++
						if diff := cmp.Diff(first, answer); diff != "" {
							w.Errorf("request %d (-first +again):\n%s", n, diff)
						}
						continue
					}
					unavailable++
					w.fails(err, ledger.ErrUnavailable)
				}
				if unavailable != spoiled.Count || again != 60-spoiled.Count {
					w.Errorf("%d were answered and %d not, %d are on the page that is %s", again, unavailable, spoiled.Count, test.name)
				}
				_, err = b.oneOff("new", 1)
				w.fails(err, ledger.ErrUnavailable)
				w.expectUsed(before)
				_, err = b.oneOff("", 1)
				w.succeeds(err)
				w.expectUsed(before + licensing.Token)

				if test.name == "missing" { // and put back, as a backup does
					w.succeeds(w.memory.CreateReceiptPage(w.Context(), w.id, spoiled, text))
					b.answersAgain(answers)
				}
				time.Sleep(11 * time.Minute)
				_, err = b.oneOff("new", 1)
				w.succeeds(err)
				w.checkInvariants()
			})
		})
	}
}
