package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// maxReads bounds the live reads of subjects under way for one batch.
const maxReads = 16

// evaluate decides every command of the batch on the account as it stands, changing it in place; a commit that fails
// throws the account away. What would overfill the open list, or waits for older receipts to go to a page, is put back if
// the batch may be split.
func (w *worker) evaluate(batch []*command, split bool) (*attempt, []*command) {
	current := &attempt{commitID: uuid.NewString()}
	now := w.ledger.now()
	w.takeOffFinished()
	cutoff := now.Add(-w.ledger.options.ReceiptRetention)
	w.tendReceipts(batch, cutoff)
	sightings, errs := w.readSubjects(batch)
	var (
		catalog catalogResult
		fresh   bool
		err     error
	)
	if slices.ContainsFunc(batch, func(c *command) bool { return c.prices }) {
		catalog = w.catalog(false)
	}
	roster := &roster{worker: w, now: now}
	roster.enroll(batch, catalog, false)
	var waiting []*command
	for i, command := range batch {
		if full, inVain := w.full(); split && full && !command.reads {
			if inVain != nil {
				current.add(command, proposal{}, inVain)
				continue
			}
			w.putBack(batch[i:])
			current.full = true
			break
		}
		next, remember := proposal{}, false
		var receipt *Receipt
		if err = command.ctx.Err(); err == nil {
			receipt, err = w.recall(command.once.Key, cutoff)
		}
		if receipt != nil {
			// Also when the subject has gone meanwhile.
			next.answer, err = command.replay(receipt)
		} else if err = errors.Join(err, errs[command.subject]); err == nil {
			next, err = w.decide(command, catalog, roster, sightings[command.subject], now)
			if err == nil && next.denied && command.prices && (!fresh || !roster.isFresh(command, catalog)) {
				// A refusal must rest on what is on sale now, not on what a cache last heard.
				if !fresh {
					catalog, fresh = w.catalog(true), true
				}
				roster.refresh(batch[i:], catalog)
				next, err = w.decide(command, catalog, roster, sightings[command.subject], now)
			}
			if err == nil {
				remember, err = command.remembers(next), w.apply(command, &next, now)
			}
		}
		if split && errors.Is(err, errReceiptsFull) && (current.receipts || w.expectsPage()) {
			waiting = append(waiting, command)
			continue
		}
		current.add(command, next, err)
		current.receipts = current.receipts || (remember && err == nil)
	}
	if len(waiting) > 0 {
		w.putBack(waiting)
		current.full = true
	}
	return current, current.commands
}

type catalogResult struct {
	catalog licensing.Catalog
	err     error
}

func (w *worker) catalog(fresh bool) catalogResult {
	ctx, cancel := w.storeContext()
	defer cancel()
	catalog, err := w.ledger.store.Catalog(ctx, w.id, fresh)
	return catalogResult{catalog, err}
}

func (w *worker) decide(command *command, catalog catalogResult, roster *roster, sighting Sighting, now time.Time) (proposal, error) {
	if catalog.err != nil && command.prices {
		return proposal{}, fmt.Errorf("%w: what is on sale: %w", ErrUnavailable, catalog.err)
	}
	v := &view{account: w.account, catalog: catalog.catalog, sighting: sighting, terms: w.ledger.options.Terms(w.id), now: now, at: now}
	if !command.at.IsZero() && command.at.Before(now) {
		v.at = command.at.Truncate(time.Millisecond).UTC()
	}
	if (command.subject != Subject{}) {
		v.state = w.states[command.subject]
	}
	var err error
	if v.holders, err = roster.holders(command, catalog); err != nil {
		return proposal{}, err
	}
	if command.begins != nil {
		w.begin(command.begins)
	}
	if command.listing != nil {
		if v.listed, err = w.listed(command.listing); err != nil {
			return proposal{}, err
		}
	}
	next := command.evaluate(v)
	return next, next.err
}

// apply puts a proposal on the account: all of it, or nothing if it fails, because the other commands of the batch go on.
func (w *worker) apply(command *command, next *proposal, now time.Time) error {
	w.admitDenial(next)
	var receipts []*Receipt
	if command.remembers(*next) {
		receipt, err := w.newReceipt(command, next.remember, now)
		if err != nil {
			return err
		}
		receipts = append(receipts, receipt)
	}
	for transaction := range next.transactions() {
		if _, err := transaction.encoded(); err != nil {
			return fmt.Errorf("encode transaction: %w", err)
		}
	}
	if next.transaction != nil { // those that come along move units only
		if err := w.account.Books.Apply(next.transaction.Entries); err != nil {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	}
	w.addReceipts(receipts)
	if next.denial != nil && next.denial.mayBeRepeated() {
		w.denied.add(next.denial.ID)
	}
	for transaction := range next.transactions() {
		w.account.applyUnits(transaction.Units)
		w.account.countMovements(transaction)
		w.openBytes += len(transaction.text)
		w.account.Open = append(w.account.Open, transaction)
		if transaction.hasSubject() {
			w.states[transaction.Subject] = transaction.State
		}
	}
	return nil
}

func (c *command) remembers(next proposal) bool { return c.once.Key != "" && next.remember != nil }

func (a *attempt) add(command *command, next proposal, err error) {
	a.commands = append(a.commands, command)
	a.proposals = append(a.proposals, next)
	a.errs = append(a.errs, err)
	if err != nil {
		return
	}
	a.exact = a.exact || next.denied || next.exact
	for transaction := range next.transactions() {
		a.transactions = append(a.transactions, transaction)
	}
}

// readSubjects makes sure that the state of every subject of the batch is known, reading live, after the account, what
// is not known or wanted live.
func (w *worker) readSubjects(batch []*command) (map[Subject]Sighting, map[Subject]error) {
	wanted := map[Subject]bool{}
	for _, command := range batch {
		if _, known := w.states[command.subject]; command.subject != (Subject{}) && (!known || command.live) {
			wanted[command.subject] = true
		}
	}
	subjects := make([]Subject, 0, len(wanted))
	for subject := range wanted {
		subjects = append(subjects, subject)
	}
	return w.readLive(subjects)
}

// readLive reads subjects live, after the account, and learns their states.
func (w *worker) readLive(subjects []Subject) (map[Subject]Sighting, map[Subject]error) {
	found, failures := make([]Sighting, len(subjects)), make([]error, len(subjects))
	var reads errgroup.Group
	reads.SetLimit(maxReads)
	for i, subject := range subjects {
		reads.Go(func() error {
			ctx, cancel := w.storeContext()
			defer cancel()
			found[i], failures[i] = w.ledger.store.Read(ctx, subject)
			return nil
		})
	}
	_ = reads.Wait() // failures are per subject
	sightings, errs := map[Subject]Sighting{}, map[Subject]error{}
	for i, subject := range subjects {
		switch {
		case errors.Is(failures[i], ErrSubjectGone):
			errs[subject] = failures[i]
		case failures[i] != nil:
			errs[subject] = fmt.Errorf("%w: %w", ErrUnavailable, failures[i])
		default:
			sightings[subject] = found[i]
			w.states[subject] = w.account.through(subject, found[i].State)
		}
	}
	return sightings, errs
}

// takeOffFinished takes off the open list what has been written through. The names are kept until a commit succeeds.
func (w *worker) takeOffFinished() {
	if len(w.finished) == 0 {
		return
	}
	w.account.Open = slices.DeleteFunc(w.account.Open, func(t *Transaction) bool {
		finished := w.finished[t.ID]
		if finished {
			w.openBytes -= len(t.text)
		}
		return finished
	})
}

func (w *worker) storeContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(w.ledger.ctx, w.ledger.options.StoreTimeout)
}
