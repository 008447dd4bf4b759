package ledger

import (
	"errors"
	"math"
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
		if !w.untilClosed(func() (progress bool) {
			progress, more = w.reached(subject, w.writeAndSee(subject))
			return progress
		}) {
			return
		}
	}
}

// nextWrite is the subject's first transaction, together with those that follow from it without a gap: a state says all
// that those before it said. As one they go from the first one's base to the last one's state, and so are not written to
// a subject that has come further.
func (w *worker) nextWrite(subject Subject) *Transaction {
	w.mu.Lock()
	defer w.mu.Unlock()
	queue := w.subjects[subject]
	first := queue[0].transaction
	last := first
	for _, f := range queue[1:] {
		if f.transaction.Base != last.State.Revision() {
			break
		}
		last = f.transaction
	}
	if last == first {
		return first
	}
	together := *last
	together.Base, together.text = first.Base, nil
	return &together
}

// reached notes at which revision the subject was seen. It tells whether that was news, and whether there are more
// transactions of the subject.
func (w *worker) reached(subject Subject, revision int64) (progress, more bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	queue := w.subjects[subject]
	rest := slices.DeleteFunc(slices.Clone(queue), func(f *following) bool { return f.transaction.State.Revision() <= revision })
	if w.subjects[subject] = rest; len(rest) == 0 {
		delete(w.subjects, subject)
	}
	for _, f := range queue {
		if f.transaction.State.Revision() <= revision {
			// By the clocks of two replicas, or by one that was set back meanwhile, it may seem to be from the future.
			age := max(0, w.ledger.options.Clock.Since(f.transaction.Time))
			w.ledger.options.Observer.WrittenThrough(w.id, age)
			close(f.written)
			w.done(f)
		}
	}
	return len(rest) < len(queue), len(rest) > 0
}

const (
	unseen = -1
	// gone is past everything: no later object has the UID.
	gone = math.MaxInt64
)

// writeAndSee tells at which revision the subject was seen. What is written, and until when, is decided when its turn has
// come.
func (w *worker) writeAndSee(subject Subject) (revision int64) {
	w.ledger.writeThroughs <- struct{}{}
	defer func() { <-w.ledger.writeThroughs }()
	ctx, cancel := w.storeContext()
	defer cancel()
	store, transaction := w.ledger.store, w.nextWrite(subject)
	err := store.Write(ctx, transaction)
	switch {
	case err == nil:
		return transaction.State.Revision()
	case errors.Is(err, ErrSubjectGone):
		return gone
	}
	w.ledger.options.Log.V(1).Info("Writing through again", "transaction", transaction.ID, "subject", transaction.Subject, "cause", err.Error())
	sighting, err := store.Read(ctx, transaction.Subject)
	switch {
	case err == nil:
		return sighting.State.Revision()
	case errors.Is(err, ErrSubjectGone):
		return gone
	}
	return unseen
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
			return w.recorded(w.ledger.options.Recorder.Record(ctx, w.id, transactions))
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

// recorded notes what the Recorder said, and tells whether it took what it was given.
func (w *worker) recorded(err error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.recordFailed = err != nil
	if w.recordFull = nil; errors.Is(err, ErrRecordFull) {
		w.recordFull = err
	}
	return err == nil
}

// full tells whether the open list takes nothing more now, and why waiting for room is in vain, if it is.
func (w *worker) full() (full bool, inVain error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.openBytes >= w.ledger.options.OpenBytes, w.recordFull
}

// recordWorks tells that what is recorded makes room.
func (w *worker) recordWorks() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.recordFailed
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
