package ledger

import "time"

// haltedLook is how soon a replica looks again at an account on which charging has stopped. Requests may not come for long,
// and only the replica that leads opens the account by itself.
const haltedLook = 30 * time.Second

// setHalted notes whether charging has stopped, and tells the observer. Where the Instance is gone nobody is to be called:
// there is nothing to accept.
func (w *worker) setHalted(halted bool, anchor Anchor) {
	w.halted = halted
	if reported := halted && !anchor.Gone; w.reported != reported {
		w.reported = reported
		w.ledger.options.Observer.Halted(w.id, reported)
	}
}

// lookAgain wants another round in a while, for as long as charging is reported to have stopped.
func (w *worker) lookAgain() {
	if !w.reported {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.looking || w.draining {
		return
	}
	w.looking = true
	time.AfterFunc(haltedLook, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.looking = false
		if !w.draining {
			w.sweep = true
			w.start()
		}
	})
}
