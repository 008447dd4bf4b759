package outbox

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

const (
	// An account that has this many small pages in a row gets one of them instead: an object costs the API server more
	// than a record, and an outage may last for days.
	worthMerging = 16
	smallPage    = 64 << 10
)

// compact merges small pages while the store does not answer.
func (o *Outbox) compact(ctx context.Context, pages []Page) error {
	if !o.leads() {
		return nil
	}
	for _, run := range o.runs(pages) {
		if err := o.merge(ctx, run); err != nil {
			return err
		}
	}
	return nil
}

// compactRefused merges small pages of an account that the store refuses while it takes those of others. That is one run at
// a time, because the others' pages are not moved meanwhile. It tells whether there was one.
func (o *Outbox) compactRefused(ctx context.Context, pages []Page) (found bool, err error) {
	refused := o.refusedAccounts()
	if len(refused) == 0 || !o.leads() {
		return false, nil
	}
	runs := o.runs(slices.DeleteFunc(slices.Clone(pages), func(page Page) bool {
		_, found := refused[page.Account]
		// Of one that was refused since the list the first pages may have been moved.
		_, before := o.tried[page.Account]
		return !found || !before
	}))
	if len(runs) == 0 {
		return false, nil
	}
	return true, o.merge(ctx, runs[0])
}

// runs are the pages that are worth merging, all but the first of a refused account: that is the one that is tried again,
// and that people look into.
func (o *Outbox) runs(pages []Page) (runs [][]Page) {
	unreadable := map[string]bool{}
	for _, page := range pages {
		if o.unreadable[page.Version] {
			unreadable[page.Version] = true
		}
	}
	o.unreadable = unreadable
	refused := o.refusedAccounts()
	for account, of := range byAccount(pages) {
		if _, found := refused[account]; found {
			of = of[1:]
		}
		runs = append(runs, smallRuns(of, unreadable)...)
	}
	return runs
}

// smallRuns are the small pages that are worth merging, of pages in order. Those that cannot be read stay, by their versions.
func smallRuns(pages []Page, unreadable map[string]bool) (runs [][]Page) {
	begin, records, bytes := 0, 0, int64(0)
	end := func(i int) {
		if i-begin >= worthMerging {
			runs = append(runs, pages[begin:i])
		}
		begin, records, bytes = i, 0, 0
	}
	for i, page := range pages {
		if page.Bytes > smallPage || unreadable[page.Version] {
			end(i)
			begin = i + 1
			continue
		}
		if records+page.Records > mostTogether || bytes+page.Bytes > bytesTogether {
			end(i)
		}
		records += page.Records
		bytes += page.Bytes
	}
	end(len(pages))
	return runs
}

// merge makes one page of several. It is there before the others go: whatever happens in between, records are there twice
// and not never.
func (o *Outbox) merge(ctx context.Context, pages []Page) error {
	loaded, err := o.read(ctx, pages)
	if err != nil {
		return err
	}
	whole := true
	for _, page := range loaded {
		if page.wrong == nil {
			continue
		}
		whole = false
		if !errors.Is(page.wrong, ErrPageGone) {
			o.unreadable[page.Version] = true
		}
	}
	if !whole {
		return nil // somebody else is at it, or those that can be read are merged the next time
	}
	var records []usage.Record
	seen := map[string]bool{}
	for _, page := range loaded {
		for _, record := range page.records {
			if !seen[record.ID] {
				seen[record.ID] = true
				records = append(records, record)
			}
		}
	}
	// Without a mark it could be one of those that go, or that another replica is about to merge: one is there already when
	// a merger has died half-way.
	merged, err := o.pagesOf(pages[0].Account, records, uuid.NewString())
	if err != nil {
		return err
	}
	for _, page := range merged {
		if err := o.options.Spill.Create(ctx, page.Page, page.content); err != nil {
			return err
		}
	}
	return o.delete(ctx, loaded)
}
