package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// Figures tell how much waits outside of the store.
type Figures struct {
	Pages, Records int
	Bytes          int64
	// Last is the last commit of which a record waits, of an account.
	Last int64
	// Oldest is the time of the oldest record that waits; zero if none does.
	Oldest time.Time
}

func (f *Figures) add(page Page) {
	f.Pages++
	f.Records += page.Records
	f.Bytes += page.Bytes
	f.Last = max(f.Last, page.Last)
	if f.Oldest.IsZero() || page.Oldest.Before(f.Oldest) {
		f.Oldest = page.Oldest
	}
}

func (f *Figures) remove(page Page) {
	f.Pages--
	f.Records -= page.Records
	f.Bytes -= page.Bytes
	if f.Pages == 0 {
		*f = Figures{}
	}
}

// State is how an account's records fare.
type State struct {
	// Waiting are those of the account, All those of all accounts.
	Waiting, All Figures
	// MaxBytes bounds the pages of all accounts.
	MaxBytes int64
	// RefusedBytes are what the pages of refused accounts take together, RefusedMaxBytes what they may.
	RefusedBytes, RefusedMaxBytes int64
	// Full tells that there is no room for more of the account, and that its records want some.
	Full bool
	// Down says why the store does not answer; empty if it does.
	Down string
	// Refused says why the account's records cannot be moved to a store that does answer.
	Refused string
	// Continues tells that records are dropped rather than charging stopped.
	Continues bool
	// Lost are the records that this replica dropped at the bound, of all accounts.
	Lost int64
}

// NearlyFull tells that somebody should do something soon.
func (s State) NearlyFull() bool {
	return room{bytes: s.All.Bytes, maxBytes: s.MaxBytes}.taken(nearlyFullAt) ||
		s.Refused != "" && room{bytes: s.RefusedBytes, maxBytes: s.RefusedMaxBytes}.taken(nearlyFullAt)
}

// summary is what is known of the pages: those of the last list and those made since it began.
type summary struct {
	maxBytes int64
	all      Figures
	accounts map[ledger.AccountID]Figures
	// fresh are pages made by this replica since the last list began; listed are the hashes of those that it had, and counted
	// those of the pages in the figures.
	fresh           []Page
	listed, counted map[string]bool
	wanted          wanted
	// refused says why accounts are, whose pages take refusedBytes.
	refused      map[ledger.AccountID]string
	refusedBytes int64
	// cause is why the store does not answer.
	cause string
}

// count adds a page that was made, unless a list has found it before it came to that, or it was made before.
func (o *Outbox) count(page Page) {
	o.mu.Lock()
	first := false
	if !o.sum.listed[page.Hash] && !o.sum.counted[page.Hash] {
		first = o.sum.add(page)
	}
	all := o.sum.all
	o.mu.Unlock()
	o.options.Observer.Spilled(all)
	if first {
		o.tell(page.Account)
		o.look()
	}
}

// add tells whether the page is the first of its account.
func (s *summary) add(page Page) (first bool) {
	figures, before := s.accounts[page.Account], len(s.accounts)
	s.all.add(page)
	figures.add(page)
	if s.accounts == nil {
		s.accounts = map[ledger.AccountID]Figures{}
	}
	s.accounts[page.Account] = figures
	if s.counted == nil {
		s.counted = map[string]bool{}
	}
	s.counted[page.Hash] = true
	s.weigh(page.Account, page.Bytes)
	s.fresh = append(s.fresh, page)
	return len(s.accounts) > before
}

// weigh counts bytes of an account if it is refused.
func (s *summary) weigh(account ledger.AccountID, bytes int64) {
	if _, refused := s.refused[account]; refused {
		s.refusedBytes += bytes
	}
}

// uncount takes out pages that were moved: there is room for others at once. They may have been moved twice. Which record is
// the oldest now, the next list tells.
func (o *Outbox) uncount(pages []loadedPage) {
	o.mu.Lock()
	var emptied []ledger.AccountID
	for _, page := range pages {
		if !o.sum.counted[page.Hash] {
			continue
		}
		delete(o.sum.counted, page.Hash)
		figures := o.sum.accounts[page.Account]
		o.sum.all.remove(page.Page)
		o.sum.weigh(page.Account, -page.Bytes)
		if figures.remove(page.Page); figures.Pages > 0 {
			o.sum.accounts[page.Account] = figures
			continue
		}
		delete(o.sum.accounts, page.Account)
		emptied = append(emptied, page.Account)
	}
	o.sum.makeRoom()
	all := o.sum.all
	o.mu.Unlock()
	o.options.Observer.Waiting(all, o.options.MaxBytes)
	for _, account := range emptied {
		o.tell(account)
	}
}

// listing notes that a list begins: it has all pages that were made before. It gives what was counted on each lane by then.
func (o *Outbox) listing() map[ledger.AccountID]int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sum.fresh = nil
	made := make(map[ledger.AccountID]int64, len(o.lanes))
	for account, way := range o.lanes {
		made[account] = way.made.Load()
	}
	return made
}

// listedNow takes over what a list found. An account of which there are pages has to queue up behind them. One of which
// there are none, and none was begun since, goes straight to the store again.
func (o *Outbox) listedNow(pages []Page, made map[ledger.AccountID]int64) {
	all, accounts, counted := Figures{}, map[ledger.AccountID]Figures{}, map[string]bool{}
	count := func(page Page) {
		counted[page.Hash] = true
		all.add(page)
		figures := accounts[page.Account]
		figures.add(page)
		accounts[page.Account] = figures
	}
	found := map[string]bool{}
	for _, page := range pages {
		found[page.Hash] = true
		count(page)
	}
	for account := range accounts {
		o.lane(account).spilled.Store(true)
	}
	for account, before := range made {
		if accounts[account].Pages == 0 {
			o.lane(account).release(before)
		}
	}
	o.mu.Lock()
	for _, page := range o.sum.fresh {
		if !found[page.Hash] {
			count(page)
		}
	}
	emptied, filled := onlyIn(o.sum.accounts, accounts), onlyIn(accounts, o.sum.accounts)
	o.sum.all, o.sum.accounts, o.sum.listed, o.sum.counted = all, accounts, found, counted
	o.sum.refusedBytes = 0
	for account, figures := range accounts {
		o.sum.weigh(account, figures.Bytes)
	}
	o.sum.makeRoom()
	pageless := o.sum.refusedForRoom()
	o.mu.Unlock()
	o.options.Observer.Waiting(all, o.options.MaxBytes)
	for _, account := range emptied {
		o.setRefused(account, nil)
		o.tell(account)
	}
	for _, account := range pageless {
		o.setRefused(account, nil)
	}
	for _, account := range filled {
		o.tell(account)
	}
}

// onlyIn are the accounts of which there are pages in the one and not in the other.
func onlyIn(one, other map[ledger.AccountID]Figures) (accounts []ledger.AccountID) {
	for account := range one {
		if other[account].Pages == 0 {
			accounts = append(accounts, account)
		}
	}
	return accounts
}

// StateOf tells how the records of an account fare.
func (o *Outbox) StateOf(account ledger.AccountID) State {
	o.mu.Lock()
	defer o.mu.Unlock()
	refused := o.sum.ofRefused()
	return State{
		Waiting: o.sum.accounts[account], All: o.sum.all, MaxBytes: o.sum.maxBytes, RefusedBytes: refused.bytes, RefusedMaxBytes: refused.maxBytes,
		Full: o.lacks(account, room.full), Down: o.sum.cause,
		Refused: o.sum.refused[account], Continues: o.options.DropWhenFull, Lost: o.lost.Load(),
	}
}

// listPatience leaves time to ask the store as well.
const listPatience = 500 * time.Millisecond

// LastCommit is the last commit of an account of which a record waits; 0 if none does.
func (o *Outbox) LastCommit(ctx context.Context, account ledger.AccountID) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, listPatience)
	defer cancel()
	select {
	case <-o.listed:
	case <-ctx.Done():
		return 0, fmt.Errorf("look for spilled usage records: %w", ctx.Err())
	}
	return o.StateOf(account).Waiting.Last, nil
}

// Notify has a function called for each account whose state is another one than before. It must not block.
func (o *Outbox) Notify(changed func(ledger.AccountID)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.listeners = append(o.listeners, changed)
}

func (o *Outbox) tell(account ledger.AccountID) {
	o.mu.Lock()
	listeners := o.listeners
	o.mu.Unlock()
	for _, changed := range listeners {
		changed(account)
	}
}
