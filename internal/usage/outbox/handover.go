package outbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// fewPages are so few that an account's recording may wait until they are moved.
const fewPages = 64

// errStuck reports pages that somebody else is at, or that cannot be read.
var errStuck = errors.New("a page of the account cannot be moved now")

// handOver opens the way to the store for an account that does not stop recording: its recording waits, for as long as the
// store may take for an answer, until what is on pages is in the store. If that is more than so many records, it is left. So is
// what fails.
func (o *Outbox) handOver(ctx context.Context, account ledger.AccountID, most int) (left []Page, err error) {
	way := o.lane(account)
	way.mu.Lock()
	defer way.mu.Unlock()
	if !way.spilled.Load() {
		return nil, nil
	}
	return o.clear(ctx, way, account, most)
}

// clear moves the pages of an account, and opens its way. The caller has the lane, so that this replica makes none
// meanwhile. Wherever it ends before, the way stays closed, and what it has appended is moved once more.
func (o *Outbox) clear(ctx context.Context, way *lane, account ledger.AccountID, most int) (left []Page, err error) {
	ctx, cancel := context.WithTimeout(ctx, o.options.Patience)
	defer cancel()
	pages, err := o.options.Spill.ListOf(ctx, account)
	if err != nil {
		return nil, err
	}
	if len(pages) > 0 {
		slices.SortFunc(pages, inOrder)
		if atOnce(pages, most) < len(pages) {
			return pages, nil
		}
		if err := o.moveAll(ctx, account, pages); err != nil {
			return pages, err
		}
	}
	way.spilled.Store(false)
	return nil, nil
}

// moveAll takes an account's pages to the store: all of them or none.
func (o *Outbox) moveAll(ctx context.Context, account ledger.AccountID, pages []Page) error {
	stuck := map[ledger.AccountID]bool{}
	loaded, err := o.load(ctx, pages, stuck)
	if err != nil {
		return err
	}
	if stuck[account] {
		return errStuck
	}
	var records []usage.Record
	for _, page := range loaded {
		records = append(records, page.records...)
	}
	if err := o.store(ctx, records); err != nil {
		return err
	}
	return o.letGo(ctx, loaded, stuck)
}

// turns is what a turn goes by: when it began, what was counted on each lane before its pages were listed, which accounts
// cannot go on, how many pages were moved, whether the store did not even take a few records while recording could wait, and how
// many records fit into that time.
type turns struct {
	began time.Time
	made  map[ledger.AccountID]int64
	stuck map[ledger.AccountID]bool
	moved int
	slow  bool
	pace  pace

	atOnce int
}

// over tells that pages are to be listed again.
func (o *Outbox) over(t *turns) bool { return o.options.Clock.Since(t.began) > turn }

// recordsOn tells of an account whose way is closed whether pages of it were begun since they were listed. The way of one
// that rests is opened by the next list, which costs less.
func (o *Outbox) recordsOn(t *turns, account ledger.AccountID) bool {
	way := o.lane(account)
	return !t.stuck[account] && way.spilled.Load() && way.made.Load() != t.made[account]
}

// catchUp moves what came since the pages of an account were listed, until so little is left that it can be handed over.
func (o *Outbox) catchUp(ctx context.Context, t *turns, account ledger.AccountID) error {
	for !o.over(t) {
		left, err := o.handOver(ctx, account, t.atOnce)
		switch {
		case errors.Is(err, usage.ErrUnavailable):
			return err
		case errors.Is(err, context.DeadlineExceeded) && t.smaller(left):
			continue
		case err != nil:
			t.slow = t.slow || errors.Is(err, errCutShort)
			o.options.Log.V(1).Info("The way to the usage store stays closed for now", "account", account, "cause", err.Error())
			return nil
		case len(left) == 0:
			return nil
		}
		for len(left) > 0 && !o.over(t) {
			count := together(left)
			if err := o.moveInPace(ctx, left[:count], t); err != nil || t.stuck[account] {
				return err
			}
			left = left[count:]
		}
	}
	return nil
}

// handOverOthers has those of whom there are few pages go straight to the store again although it is not for this replica
// to move them: another one cannot do it for them.
func (o *Outbox) handOverOthers(ctx context.Context, t *turns, due []Page) error {
	theirs, refused := byAccount(due), o.refusedAccounts()
	o.mu.Lock()
	accounts := slices.Collect(maps.Keys(o.lanes))
	o.mu.Unlock()
	for _, account := range accounts {
		if _, found := refused[account]; found || len(theirs[account]) > 0 || !o.recordsOn(t, account) || !o.fewWait(account) {
			continue
		}
		if o.over(t) {
			return nil
		}
		if err := o.catchUp(ctx, t, account); err != nil {
			return err
		}
	}
	return nil
}

// fewWait tells, by what is counted, whether an account may be handed over.
func (o *Outbox) fewWait(account ledger.AccountID) bool {
	waiting := o.StateOf(account).Waiting
	return waiting.Pages <= fewPages && waiting.Records <= mostTogether
}

// appendAfterPages is for records for which there is no room on pages. They can go to a store that answers when the few
// pages before them are there. The caller has the lane.
func (o *Outbox) appendAfterPages(ctx context.Context, way *lane, account ledger.AccountID, records []usage.Record) error {
	if _, refused := o.refusedAccounts()[account]; refused || o.down.Load() || !way.spilled.Load() || way.awaits(records) || !o.fewWait(account) {
		return errStuck
	}
	left, err := o.clear(ctx, way, account, mostTogether)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		return fmt.Errorf("%w: there are %d before it", errStuck, len(left))
	}
	return o.append(ctx, way, records)
}
