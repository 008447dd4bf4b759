package outbox

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Start looks after the pages until the context ends: those of this replica, and those that others have left.
func (o *Outbox) Start(ctx context.Context) error {
	for {
		again, err := o.tend(ctx)
		if err != nil && ctx.Err() == nil {
			o.options.Log.Error(err, "Spilled usage records are not looked after now; it is tried again")
		}
		if again && err == nil {
			continue
		}
		pause := o.options.IdleInterval
		if err != nil || o.busy() {
			pause = o.options.Interval
		}
		timer := o.options.Clock.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C():
		case <-o.wake:
			timer.Stop()
		}
	}
}

// NeedLeaderElection has every replica do it: each knows first when its own way is free again.
func (o *Outbox) NeedLeaderElection() bool { return false }

// busy tells whether there is something to do.
func (o *Outbox) busy() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.down.Load() || o.sum.all.Pages > 0
}

// tend moves what there is to the store. It wants to be called again at once if more may have come meanwhile.
func (o *Outbox) tend(ctx context.Context) (again bool, err error) {
	made := o.listing()
	pages, err := o.options.Spill.List(ctx)
	if err != nil {
		return false, err
	}
	slices.SortFunc(pages, inOrder)
	o.listedNow(pages, made)
	o.listedOnce.Do(func() { close(o.listed) })
	if err := o.ping(ctx); err != nil {
		o.setUp(err)
		return false, o.compact(ctx, pages)
	}
	moved, err := o.move(ctx, o.inTurn(o.due(pages)), made)
	if errors.Is(err, usage.ErrUnavailable) {
		return false, nil // which was said already, unless nothing is known
	}
	if err != nil {
		return moved > 0, err
	}
	o.setUp(nil)
	merged, err := o.compactRefused(ctx, pages)
	return moved > 0 || merged, err
}

func (o *Outbox) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, o.options.Patience)
	defer cancel()
	return o.options.Store.Ping(ctx)
}

// leads tells whether it is for this replica to do what one is enough for.
func (o *Outbox) leads() bool { return o.options.Leads == nil || o.options.Leads() }

// due leaves out the accounts whose pages the leader will have moved soon. It goes by the age of the records: a leader that
// cannot reach the store merges pages, so that none of them becomes old.
func (o *Outbox) due(pages []Page) []Page {
	if o.leads() {
		return pages
	}
	late := o.options.Clock.Now().Add(-o.options.Grace)
	waited := map[ledger.AccountID]bool{}
	for _, page := range pages {
		if page.Oldest.Before(late) {
			waited[page.Account] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(pages), func(page Page) bool { return !waited[page.Account] })
}

// turn is how long pages are moved before they are listed again. An account of which there are none any more goes straight to
// the store from then on, and there may be enough pages for an hour.
const turn = 30 * time.Second

// inTurn begins with the accounts behind the one at which the last turn ended.
func (o *Outbox) inTurn(pages []Page) []Page {
	if o.ended == nil {
		return pages
	}
	behind := slices.IndexFunc(pages, func(page Page) bool { return byName(page.Account, *o.ended) > 0 })
	if behind <= 0 {
		return pages
	}
	return slices.Concat(pages[behind:], pages[:behind])
}

// move takes pages to the store, those of each account in their order, for a turn. Accounts that were refused before come
// last, and each by itself. One that records on is handed over when its last page was moved.
func (o *Outbox) move(ctx context.Context, due []Page, made map[ledger.AccountID]int64) (moved int, err error) {
	pages, again := o.apart(due)
	t := &turns{began: o.options.Clock.Now(), made: made, stuck: map[ledger.AccountID]bool{}, atOnce: mostTogether}
	complete := true
	groups := o.groups(pages)
	for i, group := range groups {
		if complete = !o.over(t); !complete {
			break
		}
		if err := o.moveInPace(ctx, group, t); err != nil {
			o.failed = &group[0].Account
			return t.moved, err
		}
		for _, account := range endIn(groups, i) {
			if !o.recordsOn(t, account) {
				continue
			}
			if err := o.catchUp(ctx, t, account); err != nil {
				o.failed = &account
				return t.moved, err
			}
		}
		o.ended = &group[len(group)-1].Account
	}
	if err := o.handOverOthers(ctx, t, due); err != nil {
		return t.moved, err
	}
	for i := range again {
		if err := o.moveTogether(ctx, again[i:i+1], t); err != nil {
			return t.moved, err
		}
	}
	switch {
	case complete:
		o.failed, o.ended = nil, nil
	case o.failed != nil: // nothing failed this time, but the others have not had their turn
		o.failed = o.ended
	}
	if t.slow && t.moved == 0 {
		return 0, errSlow
	}
	return t.moved, nil
}

// endIn are the accounts of which the last page is in a group.
func endIn(groups [][]Page, at int) (accounts []ledger.AccountID) {
	for i, page := range groups[at] {
		next := groups[at][i+1:]
		if len(next) == 0 && at+1 < len(groups) {
			next = groups[at+1]
		}
		if len(next) == 0 || next[0].Account != page.Account {
			accounts = append(accounts, page.Account)
		}
	}
	return accounts
}

// groups are the pages of each append. When the last move failed in a store that answers otherwise, an account may be the
// cause: then each goes by itself, and the one at which it failed comes last.
func (o *Outbox) groups(pages []Page) (groups [][]Page) {
	split := func(pages []Page) {
		for len(pages) > 0 {
			count := together(pages)
			groups = append(groups, pages[:count])
			pages = pages[count:]
		}
	}
	if o.failed == nil {
		split(pages)
		return groups
	}
	of := byAccount(pages)
	accounts := slices.SortedFunc(maps.Keys(of), byName)
	behind := slices.IndexFunc(accounts, func(id ledger.AccountID) bool { return byName(id, *o.failed) > 0 })
	if behind > 0 {
		accounts = slices.Concat(accounts[behind:], accounts[:behind])
	}
	for _, account := range accounts {
		split(of[account])
	}
	return groups
}

// bytesTogether bounds what is in memory at once.
const bytesTogether = 4 << 20

// together is how many of the pages make one append, at least one.
func together(pages []Page) int {
	count, records, bytes := 1, pages[0].Records, pages[0].Bytes
	for ; count < len(pages); count++ {
		records += pages[count].Records
		bytes += pages[count].Bytes
		if records > mostTogether || bytes > bytesTogether {
			break
		}
	}
	return count
}

// moveTogether takes a few pages to the store as one, and counts them. It adds the accounts that cannot go on to those that
// are stuck.
func (o *Outbox) moveTogether(ctx context.Context, pages []Page, t *turns) error {
	loaded, err := o.load(ctx, pages, t.stuck)
	if err != nil || len(loaded) == 0 {
		return err
	}
	var records []usage.Record
	for _, page := range loaded {
		records = append(records, page.records...)
	}
	err = o.store(ctx, records)
	if err == nil {
		o.setUp(nil)
		t.moved += len(loaded)
		return o.letGo(ctx, loaded, t.stuck)
	}
	if errors.Is(err, usage.ErrUnavailable) {
		return err
	}
	// Somebody's records are refused; the others' are not to wait for them.
	for _, page := range loaded {
		if t.stuck[page.Account] {
			continue
		}
		err := o.store(ctx, page.records)
		switch {
		case errors.Is(err, usage.ErrUnavailable):
			return err
		case err != nil:
			t.stuck[page.Account] = true
			o.setRefused(page.Account, err)
		default:
			o.setUp(nil)
			if err := o.letGo(ctx, []loadedPage{page}, t.stuck); err != nil {
				return err
			}
			t.moved++
		}
	}
	return nil
}

// byAccount keeps the order.
func byAccount(pages []Page) map[ledger.AccountID][]Page {
	accounts := map[ledger.AccountID][]Page{}
	for _, page := range pages {
		accounts[page.Account] = append(accounts[page.Account], page)
	}
	return accounts
}
