package ledger

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// maxReplicas bounds how many replicas' last commits an account remembers; those of the last hour are always kept.
const maxReplicas = 16

// maxStates bounds what is remembered of subjects; what is forgotten is read again.
const maxStates = 4096

// load makes sure that the account is known, and stops at one that cannot be trusted.
func (w *worker) load(batch []*command) error {
	wantsFresh := w.redo || slices.ContainsFunc(batch, func(c *command) bool { return c.fresh })
	if w.account != nil && (!wantsFresh || w.isCurrent()) {
		if w.redo {
			w.redoOld()
		}
		return nil
	}
	ctx, cancel := w.storeContext()
	defer cancel()
	store := w.ledger.store
	anchor, unknown, err := w.anchor(ctx)
	if err != nil {
		return err
	}
	if anchor.Gone { // whatever is read now
		w.setHalted(w.halted, anchor)
	}
	account, version, err := store.LoadAccount(ctx, w.id)
	if errors.Is(err, ErrAccountMissing) && w.mayCreate(batch, anchor) {
		account, version, err = w.create(ctx, anchor, unknown)
		if errors.Is(err, ErrAccountExists) { // another replica opened it at the same time
			account, version, err = store.LoadAccount(ctx, w.id)
		}
	}
	incident, trusted := w.examine(account, err, anchor)
	switch {
	case incident != nil && (anchor.Accepted != incident.ID || account == nil): // what cannot be read cannot be accepted
		w.setHalted(true, anchor)
		return &HaltedError{Incident: *incident}
	case incident != nil:
		account.ID = w.id
		account.Sequence = max(account.Sequence, w.sequenceAfter(anchor))
		account.Movements = nil // it may be another history than the one that was counted
		w.reseal = true
	case !trusted:
		return err
	}
	w.setHalted(false, anchor)
	w.adopt(account, version)
	return nil
}

// sequenceAfter is the sequence number that going on after an accepted incident starts from. It leaves one number out: the
// account does not follow from what other replicas have seen, and a gap tells them that somebody decided so.
func (w *worker) sequenceAfter(anchor Anchor) int64 {
	seen := max(anchor.Sequence, w.lastSequence)
	if seen == 0 {
		return 0
	}
	return seen + 1
}

// adopt takes a stored account as the replica's view, and arranges that what is open on it gets finished.
func (w *worker) adopt(account *Account, version Version) {
	clear(w.states)
	w.account, w.version = account, version
	w.lastSequence, w.lastHash = account.Sequence, account.Hash
	w.openBytes = 0
	open := map[string]bool{}
	for _, transaction := range account.Open {
		// The text of an earlier encoding, so that it need not be made again, is as good as the length of a new one.
		if text, err := transaction.encoded(); err == nil {
			w.openBytes += len(text)
		}
		open[transaction.ID] = true
	}
	for id := range w.finished {
		if !open[id] {
			delete(w.finished, id)
		}
	}
	w.rememberDenials()
	w.watchOpen()
}

// isCurrent tells whether the replica's view is the stored account; if it is not, the stored one is to be loaded.
func (w *worker) isCurrent() bool {
	ctx, cancel := w.storeContext()
	defer cancel()
	_, version, err := w.ledger.store.LoadAccount(ctx, w.id)
	if err == nil && version == w.version {
		return true
	}
	w.forget()
	return false
}

func (w *worker) wantsCommit(current *attempt) bool {
	waitsForPage := current.full && w.stored != nil
	return len(current.transactions) > 0 || current.receipts || w.reseal || waitsForPage || (len(w.finished) > 0 && w.sweeping(current))
}

// sweeping tells whether a commit is worth making only to take finished transactions off the open list.
func (w *worker) sweeping(current *attempt) bool {
	return len(current.commands) == 0 || w.openBytes >= w.ledger.options.OpenBytes/2
}

// commit makes the account as evaluated the stored one.
func (w *worker) commit(current *attempt) error {
	account, options := w.account, w.ledger.options
	now := w.ledger.now()
	account.PreviousHash = account.Hash
	account.Sequence++
	account.Time = now
	account.Commits[options.Replica] = Commit{ID: current.commitID, Sequence: account.Sequence, Time: now}
	account.forgetOldReplicas(now)
	ctx, cancel := w.storeContext()
	defer cancel()
	started := options.Clock.Now()
	version, err := w.ledger.store.CommitAccount(ctx, account, w.version)
	if err != nil {
		if errors.Is(err, ErrConflict) {
			options.Observer.Conflicted(w.id)
		}
		return fmt.Errorf("commit %d: %w", account.Sequence, err)
	}
	w.version, w.lastSequence, w.lastHash, w.reseal = version, account.Sequence, account.Hash, false
	clear(w.finished)
	w.tellListings(current.transactions)
	w.pageListed()
	w.writePage()
	if len(w.states) > maxStates {
		clear(w.states)
	}
	w.commitTook = options.Clock.Since(started)
	options.Observer.Committed(w.id, len(current.transactions), w.commitTook)
	options.Observer.Opened(w.id, w.openBytes)
	return nil
}

func (a *Account) forgetOldReplicas(now time.Time) {
	if len(a.Commits) <= maxReplicas {
		return
	}
	for replica, commit := range a.Commits {
		if now.Sub(commit.Time) > time.Hour {
			delete(a.Commits, replica)
		}
	}
}

// forgetReceipts forgets those that are past their retention. A page is forgotten as a whole.
func (a *Account) forgetReceipts(before time.Time) {
	a.Receipts = slices.DeleteFunc(a.Receipts, func(r *Receipt) bool { return r.Time.Before(before) })
	a.Pages = slices.DeleteFunc(a.Pages, func(p *ReceiptPage) bool { return p.Newest.Before(before) })
}

// countMovements counts those of a transaction. Clones share the count of before.
func (a *Account) countMovements(transaction *Transaction) {
	if a.Movements != nil {
		a.Movements = new(*a.Movements + int64(len(transaction.Entries)+len(transaction.Units)))
	}
}

func (a *Account) applyUnits(units []UnitEntry) {
	for _, entry := range units {
		balance := a.Balances[entry.key()]
		if entry.Period > balance.Period {
			balance = licensing.Balance{LastReset: entry.LastReset, Period: entry.Period}
		}
		balance.Consumed += entry.Units
		a.Balances[entry.key()] = balance
	}
}
