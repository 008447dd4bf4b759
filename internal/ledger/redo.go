package ledger

import "time"

// watchOpen notes since when the replica has seen each open transaction, and finishes those that another replica has had
// time enough for.
func (w *worker) watchOpen() {
	now := w.ledger.options.Clock.Now()
	seen := make(map[string]time.Time, len(w.account.Open))
	for _, transaction := range w.account.Open {
		since, before := w.openSince[transaction.ID]
		if !before {
			since = now
		}
		seen[transaction.ID] = since
	}
	w.openSince = seen
	w.redoOld()
}

// redoOld follows what has been open for too long without anybody here following it, and looks again later if there is
// more. The replica's view of the account must be new: most of what is open elsewhere is finished elsewhere in time.
func (w *worker) redoOld() {
	w.redo = false
	if len(w.openSince) == 0 {
		return
	}
	clock := w.ledger.options.Clock
	var old []*Transaction
	waiting := false
	w.mu.Lock()
	for _, transaction := range w.account.Open {
		since, foreign := w.openSince[transaction.ID]
		switch {
		case !foreign || w.following[transaction.ID] != nil || w.finished[transaction.ID]:
		case clock.Since(since) >= w.ledger.options.RedoAfter:
			old = append(old, transaction)
		default:
			waiting = true
		}
	}
	if waiting {
		w.redoLater()
	}
	w.mu.Unlock()
	w.follow(old)
}

// redoLater wants a round that looks for old open transactions. It wants the lock.
func (w *worker) redoLater() {
	if w.redoing || w.draining {
		return
	}
	w.redoing = true
	time.AfterFunc(w.ledger.options.RedoAfter, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.redoing = false
		if !w.draining {
			w.wantsRedo, w.sweep = true, true
			w.start()
		}
	})
}
