package ledger

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"
)

// worker owns one account on this replica. Its fields below mu are shared; the others belong to the goroutine that runs
// while there is work.
type worker struct {
	ledger *Ledger
	id     AccountID

	// account is the replica's last view of the account, nil before it is loaded and after a commit that did not succeed.
	account *Account
	version Version
	// lastSequence and lastHash are the newest commit this replica has ever seen.
	lastSequence int64
	lastHash     string
	// states are the subjects' states seen through the open transactions; forgotten after a foreign commit.
	states    map[Subject]State
	openBytes int
	// denied are the denials that were committed of late.
	denied recentIDs
	// receiptBytes are those of the receipts in the account itself.
	receiptBytes int
	// pages are the listed pages that this replica has read or written, by hash; unreadable is why others are not there.
	pages      map[string]*page
	unreadable error
	// stored is a page that the next commit lists.
	stored *draft
	// reseal wants a commit although nothing changed: an administrator accepted the account as it is.
	reseal bool
	// commitTook is how long the last commit took.
	commitTook time.Duration
	// turn is since when the replica has been busy, rested when its last round ended.
	turn, rested time.Time
	// halted tells that charging has stopped, reported that the observer was told so.
	halted, reported bool
	// anchored is when the replica last asked what the Instance remembers.
	anchored time.Time
	// finished are transactions that may leave the open list.
	finished map[string]bool
	// openSince tells since when the transactions were seen open that the account had when it was loaded.
	openSince map[string]time.Time
	// redo wants the stored account, to finish what is still open there.
	redo bool
	// listings are those that follow the commits.
	listings []*listing

	mu       sync.Mutex
	queue    []*command
	running  bool
	draining bool
	// sweep wants a round although nobody asks for anything.
	sweep bool
	// newlyFinished come from the write-throughs.
	newlyFinished []string
	lingering     bool
	// redoing tells that a look at old open transactions is scheduled, wantsRedo that it is due.
	redoing, wantsRedo bool
	// looking tells that a look at an account on which charging has stopped is scheduled.
	looking      bool
	following    map[string]*following
	subjects     map[Subject][]*following
	recording    []*following
	recorderBusy bool
	// recordFull is why nothing can be recorded, since that was last tried; recordFailed tells that something was not, for
	// whatever reason.
	recordFull   error
	recordFailed bool
	// storing tells that a page is on its way to the store, newlyStored that it has come there. After a failure none is
	// stored before pageAfter.
	storing     bool
	newlyStored *draft
	pageAfter   time.Time
}

func newWorker(l *Ledger, id AccountID) *worker {
	return &worker{
		ledger: l, id: id,
		states: map[Subject]State{}, pages: map[string]*page{}, finished: map[string]bool{},
		following: map[string]*following{}, subjects: map[Subject][]*following{},
	}
}

func (w *worker) add(commands []*command) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = append(w.queue, commands...)
	w.start()
}

// start runs the worker if it rests. It wants the lock.
func (w *worker) start() {
	if !w.running {
		w.running = true
		w.ledger.running.Go(w.run)
	}
}

func (w *worker) run() {
	for {
		batch, more := w.take()
		if !more {
			w.ledger.retire(w)
			return
		}
		w.yield()
		w.round(batch)
		w.rested = w.ledger.options.Clock.Now()
		w.lookAgain()
		if len(batch) > 1 {
			w.gather()
		}
	}
}

// A replica that shares an account with others leaves them a gap after each turn, one that seems to be alone looks up
// from time to time.
const (
	turnLength     = 100 * time.Millisecond
	loneTurnLength = time.Second
)

// yield ends a turn with a gap in which a replica that is slower, because it has to read the account and its subjects
// first, gets its commit in. Without it a busy replica's next commit would always come first, and the other one would
// never have a turn.
func (w *worker) yield() {
	clock := w.ledger.options.Clock
	length := loneTurnLength
	if w.shared() {
		length = turnLength
	}
	gap := min(4*w.commitTook, turnLength/2)
	if wasIdle := clock.Since(w.rested) >= gap; !wasIdle {
		if clock.Since(w.turn) < length {
			return
		}
		w.pause(gap)
	}
	w.turn = clock.Now()
}

// shared tells whether another replica committed to the account of late.
func (w *worker) shared() bool {
	const late = time.Minute
	if w.account == nil {
		return true
	}
	for replica, commit := range w.account.Commits {
		if replica != w.ledger.options.Replica && w.account.Time.Sub(commit.Time) < late {
			return true
		}
	}
	return false
}

// gather lets callers that were just answered ask again before the next commit is made, so that one commit serves all
// of them instead of two halves taking turns. A single caller never waits for others.
func (w *worker) gather() {
	const quiet = 3 // yields in which nobody came
	for seen, unchanged := -1, 0; unchanged < quiet; unchanged++ {
		w.mu.Lock()
		waiting := len(w.queue)
		w.mu.Unlock()
		if waiting >= maxBatch {
			return
		}
		if waiting != seen {
			seen, unchanged = waiting, 0
		}
		runtime.Gosched()
	}
}

// take gives everything that waits, up to a bound.
func (w *worker) take() ([]*command, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range w.newlyFinished {
		w.finished[id] = true
	}
	w.newlyFinished = nil
	w.redo = w.redo || w.wantsRedo
	w.wantsRedo = false
	w.dropExpired()
	if len(w.queue) == 0 && !w.sweep {
		w.running = false
		return nil, false
	}
	w.sweep = false
	batch := w.queue[:min(len(w.queue), maxBatch)]
	w.queue = w.queue[len(batch):]
	slices.SortStableFunc(batch, readsFirst)
	return batch, true
}

func readsFirst(a, b *command) int {
	switch {
	case a.reads == b.reads:
		return 0
	case a.reads:
		return -1
	}
	return 1
}

// dropExpired forgets requests that nobody waits for any more, so that the queue of an account that cannot go on does not
// grow for ever. It wants the lock.
func (w *worker) dropExpired() {
	w.queue = slices.DeleteFunc(w.queue, func(c *command) bool {
		err := c.ctx.Err()
		if err != nil {
			c.done <- err
		}
		return err != nil
	})
}

// putBack returns commands that do not fit into this commit to the head of the queue.
func (w *worker) putBack(commands []*command) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = append(append([]*command(nil), commands...), w.queue...)
}

// maxConflicts is how often at least a batch is evaluated again because another replica committed first. It goes on for
// as long as it takes to be sure of a gap between the other's turns.
const maxConflicts = 3

// round brings a batch to an end: committed, answered without a commit, or given up.
func (w *worker) round(batch []*command) {
	ctx, cancel := context.WithTimeout(w.ledger.ctx, w.ledger.options.SettleTimeout)
	defer cancel()
	var (
		attempts []*attempt
		err      error
	)
	started := w.ledger.options.Clock.Now()
	for conflicts := 0; ctx.Err() == nil && (conflicts < maxConflicts || w.ledger.options.Clock.Since(started) < 2*loneTurnLength); {
		if err = w.load(batch); err != nil {
			if !unsettled(attempts) || isHalted(err) {
				break
			}
			w.pause(shortPause)
			continue
		}
		if landed := w.landed(attempts); landed != nil {
			w.follow(w.stillOpen(landed.transactions))
			w.reply(landed)
			return
		}
		var current *attempt
		if current, batch = w.evaluate(batch, len(attempts) == 0); !w.wantsCommit(current) && !unsettled(attempts) {
			if current.exact && !w.isCurrent() {
				err = ErrConflict
				conflicts++
				continue
			}
			w.reply(current)
			w.comeBack()
			if current.full {
				w.pause(shortPause) // let write-throughs finish
			}
			return
		}
		attempts = append(attempts, current)
		if err = w.commit(current); err == nil {
			w.follow(current.transactions)
			w.reply(current)
			return
		}
		w.forgetDenials(current)
		w.forget()
		if errors.Is(err, ErrConflict) {
			if conflicts++; conflicts >= maxConflicts {
				w.pause(max(w.commitTook/2, time.Millisecond))
			}
		} else {
			current.unknown = true
			w.ledger.options.Observer.Unsettled(w.id)
			// A lost answer is looked for at once; a store that keeps failing is given time.
			w.pause(time.Duration(len(attempts)-1) * shortPause)
		}
	}
	if !isHalted(err) {
		err = fmt.Errorf("%w: account %s: %w", ErrUnavailable, w.id, errors.Join(err, ctx.Err()))
	}
	fail(batch, err)
	if !isHalted(err) { // who accepts the account opens it, and that does the rest
		w.comeBack()
	}
}

// comeBack arranges another round for what this one left to do.
func (w *worker) comeBack() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.finished) > 0 {
		w.linger()
	}
	if w.redo {
		w.redoLater()
	}
}

// unsettled tells whether a commit may still land. Until it cannot, no answer but its own may be given, and the way to
// make sure is a commit that takes its place.
func unsettled(attempts []*attempt) bool {
	return slices.ContainsFunc(attempts, func(a *attempt) bool { return a.unknown })
}

// landed is the attempt that the stored account holds although its commit seemed to fail.
func (w *worker) landed(attempts []*attempt) *attempt {
	last := w.account.Commits[w.ledger.options.Replica].ID
	for _, attempt := range attempts {
		if attempt.commitID == last {
			return attempt
		}
	}
	return nil
}

func (w *worker) stillOpen(transactions []*Transaction) (open []*Transaction) {
	for _, transaction := range transactions {
		for _, candidate := range w.account.Open {
			if candidate.ID == transaction.ID {
				open = append(open, transaction)
			}
		}
	}
	return open
}

// forget drops the replica's view: somebody else may have committed. What it knows of subjects goes when it adopts a new
// one.
func (w *worker) forget() {
	w.account = nil
}

const shortPause = 50 * time.Millisecond

// pause waits before the store is asked again.
func (w *worker) pause(duration time.Duration) {
	select {
	case <-w.ledger.options.Clock.After(duration):
	case <-w.ledger.ctx.Done():
	}
}

func (w *worker) drain() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.draining = true
	w.sweep = true
	w.start()
}
