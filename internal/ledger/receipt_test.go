package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func TestAKeyIsAnsweredOnce(t *testing.T) {
	inBubble(t, 100, func(w *world) {
		a, b := w.replica("a").open(), w.replica("b").open()
		first, err := a.oneOff("key", 3)
		w.succeeds(err)
		for _, r := range []*replica{a, b, w.replica("c")} {
			again, err := r.oneOff("key", 3)
			w.succeeds(err)
			if diff := cmp.Diff(first, again); diff != "" {
				w.Errorf("(-first +again):\n%s", diff)
			}
			_, err = r.oneOff("key", 4)
			w.fails(err, ledger.ErrKeyReused)
		}
		w.settle()
		before := w.commits()
		_, err = a.oneOff("key", 3)
		w.succeeds(err)
		if made := w.commits() - before; made > 0 {
			w.Errorf("%d commits for an answer that was given before", made)
		}
		w.checkInvariants()
		w.expectUsed(3 * licensing.Token)
	})
}

func TestADenialIsAnsweredOnceToo(t *testing.T) {
	inBubble(t, 2, func(w *world) {
		a, b := w.replica("a").open(), w.replica("b").open()
		first, err := a.oneOff("key", 3)
		w.succeeds(err)
		w.memory.SetCatalog(w.id, selling(100))
		again, err := b.oneOff("key", 3)
		w.succeeds(err)
		if diff := cmp.Diff(first, again); diff != "" || granted(first) {
			w.Errorf("(-first +again):\n%s", diff)
		}
	})
}

func TestAKeyIsForgottenAfterItsRetention(t *testing.T) {
	inBubble(t, 100, func(w *world) {
		engine := w.replica("a", func(o *ledger.Options) { o.ReceiptRetention = time.Hour }).open()
		for n, wait := range []time.Duration{0, 59 * time.Minute, 2 * time.Minute} {
			time.Sleep(wait)
			_, err := engine.oneOff("key", 1)
			w.succeeds(err)
			if wantUsed := licensing.Tokens(1+n/2) * licensing.Token; w.used() != wantUsed {
				w.Errorf("request %d: %s used, want %s", n, w.used(), wantUsed)
			}
		}
		w.checkInvariants()
	})
}

func TestAnswersByKeyAreBounded(t *testing.T) {
	inBubble(t, 10_000, func(w *world) {
		const bound = 4096
		small := func(o *ledger.Options) { o.ReceiptBytes = bound }
		replicas := []*replica{w.replica("a", small).open(), w.replica("b", small).open()}
		answered := 0
		var err error
		for ; err == nil && answered < 1000; answered++ {
			_, err = replicas[answered%2].oneOff(fmt.Sprint(answered), 1)
		}
		w.fails(err, ledger.ErrUnavailable)
		account, _, err := w.memory.LoadAccount(w.Context(), w.id)
		w.succeeds(err)
		parts, err := account.Encode()
		w.succeeds(err)
		if size := len(parts[ledger.PartReceipts]); size > bound+len(account.Receipts) {
			w.Errorf("the answers take %d bytes", size)
		}
		_, err = replicas[0].oneOff("", 1)
		w.succeeds(err)
		time.Sleep(11 * time.Minute)
		_, err = replicas[1].oneOff("late", 1)
		w.succeeds(err)
		w.checkInvariants()
	})
}
