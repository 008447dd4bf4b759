package ledger

import (
	"errors"
	"slices"
	"time"
)

// following is a transaction on its way from the open list to where it is read.
type following struct {
	transaction *Transaction
	// written is closed when the subject was seen at or past the transaction.
	written chan struct{}
	// left counts what is still to do before the transaction may leave the open list: the subject, the usage record.
	left int
}

// follow starts writing through. Transactions on one subject go one after the other.
func (w *worker) follow(transactions []*Transaction) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, transaction := range transactions {
		if w.following[transaction.ID] != nil {
			continue
		}
		f := &following{transaction: transaction, written: make(chan struct{})}
		w.following[transaction.ID] = f
		if transaction.hasSubject() {
			f.left++
			if w.queueUp(f) == 1 {
				w.ledger.running.Go(func() { w.writeThrough(transaction.Subject) })
			}
		}
		if w.ledger.options.Recorder != nil {
			f.left++
			w.recording = append(w.recording, f)
			if !w.recorderBusy {
				w.recorderBusy = true
				w.ledger.running.Go(w.record)
			}
		}
		if f.left == 0 {
			w.finish(f)
		}
	}
}

// queueUp puts the transaction where it belongs among those of its subject, and tells how many there are. One that
// another replica left behind may come after a newer one that waits for it. It wants the lock.
func (w *worker) queueUp(f *following) int {
	subject := f.transaction.Subject
	queue := w.subjects[subject]
	place := slices.IndexFunc(queue, func(other *following) bool { return other.transaction.Base > f.transaction.Base })
	if place < 0 {
		place = len(queue)
	}
	w.subjects[subject] = slices.Insert(queue, place, f)
	return len(queue) + 1
}

// finish marks the transaction as one that may leave the open list. It wants the lock.
func (w *worker) finish(f *following) {
	delete(w.following, f.transaction.ID)
	w.newlyFinished = append(w.newlyFinished, f.transaction.ID)
	if w.draining || len(w.queue) > 0 {
		w.sweep = true
		w.start()
		return
	}
	w.linger()
}

// linger wants a round in a while, for what has finished by then. It wants the lock.
func (w *worker) linger() {
	if w.lingering || w.draining {
		return
	}
	w.lingering = true
	time.AfterFunc(w.ledger.options.Linger, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.lingering = false
		if !w.draining {
			w.sweep = true
			w.start()
		}
	})
}

func (w *worker) done(f *following) {
	if f.left--; f.left == 0 {
		w.finish(f)
	}
}

// writeThrough works off the transactions of one subject. Which one is first may change while it is tried.
func (w *worker) writeThrough(subject Subject) {
	for more := true; more; {
		var f *following
		if !w.untilClosed(func() bool {
			w.mu.Lock()
			f = w.subjects[subject][0]
			w.mu.Unlock()
			return w.writeAndSee(f.transaction)
		}) {
			return
		}
		w.ledger.options.Observer.WrittenThrough(w.id, w.ledger.options.Clock.Since(f.transaction.Time))
		more = w.wroteThrough(f)
	}
}

// wroteThrough tells whether there are more transactions of the subject.
func (w *worker) wroteThrough(f *following) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(f.written)
	w.done(f)
	subject := f.transaction.Subject
	rest := slices.DeleteFunc(w.subjects[subject], func(other *following) bool { return other == f })
	if len(rest) == 0 {
		delete(w.subjects, subject)
		return false
	}
	w.subjects[subject] = rest
	return true
}

// writeAndSee tells whether the subject was seen at or past the transaction, or is gone. The time-out of the call starts
// when its turn has come.
func (w *worker) writeAndSee(transaction *Transaction) bool {
	w.ledger.writeThroughs <- struct{}{}
	defer func() { <-w.ledger.writeThroughs }()
	ctx, cancel := w.storeContext()
	defer cancel()
	store := w.ledger.store
	err := store.Write(ctx, transaction)
	if err == nil || errors.Is(err, ErrSubjectGone) {
		return true
	}
	w.ledger.options.Log.V(1).Info("Writing through again", "transaction", transaction.ID, "subject", transaction.Subject, "cause", err.Error())
	sighting, err := store.Read(ctx, transaction.Subject)
	return errors.Is(err, ErrSubjectGone) || (err == nil && sighting.State.Revision() >= transaction.State.Revision())
}

// record works off the usage record, in commit order.
func (w *worker) record() {
	for {
		w.mu.Lock()
		batch := w.recording
		if w.recording = nil; len(batch) == 0 {
			w.recorderBusy = false
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		transactions := make([]*Transaction, len(batch))
		for i, f := range batch {
			transactions[i] = f.transaction
		}
		if !w.untilClosed(func() bool {
			ctx, cancel := w.storeContext()
			defer cancel()
			return w.ledger.options.Recorder.Record(ctx, w.id, transactions) == nil
		}) {
			return
		}
		w.mu.Lock()
		for _, f := range batch {
			w.done(f)
		}
		w.mu.Unlock()
	}
}

// untilClosed repeats with growing pauses until it is done, or the ledger is closed.
func (w *worker) untilClosed(try func() bool) bool {
	const longest = 2 * time.Second
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, longest) {
		if try() {
			return true
		}
		select {
		case <-w.ledger.options.Clock.After(pause):
		case <-w.ledger.ctx.Done():
			return false
		}
	}
}

// written tells when the transaction has reached its subject; at once if it is not on its way any more.
func (w *worker) written(transaction *Transaction) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f := w.following[transaction.ID]; f != nil {
		return f.written
	}
	already := make(chan struct{})
	close(already)
	return already
}
