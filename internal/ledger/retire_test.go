package ledger_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

func TestAccountsThatNeverWereTakeNoMemory(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		r := w.replica("a").open()
		session := w.session()
		closeIn := func(account ledger.AccountID) {
			t.Helper()
			if _, err := r.CloseSession(w.Context(), account, session, time.Time{}, ledger.Idempotency{}); !errors.Is(err, ledger.ErrAccountMissing) {
				t.Fatalf("closing a session of account %s: %v", account, err)
			}
		}
		const accounts = 20_000
		before := heap()
		for i := range accounts {
			closeIn(ledger.AccountID{Namespace: w.id.Namespace, Name: fmt.Sprint("none-", i)})
		}
		w.settle()
		if grown := heap() - before; grown > accounts*100 {
			t.Errorf("%d accounts that there are not take %d bytes", accounts, grown)
		}
		_, err := r.oneOff("", 1)
		w.succeeds(err)
	})
}

func heap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc) //nolint:gosec // there is no such memory
}
