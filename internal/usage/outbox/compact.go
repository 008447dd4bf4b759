package outbox

import (
	"context"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

const (
	// An account that has this many small pages in a row gets one of them instead: an object costs the API server more
	// than a record, and an outage may last for days.
	worthMerging = 16
	smallPage    = 64 << 10
)

// compact merges small pages while the store does not answer. The merged page is there before the others go: whatever
// happens in between, records are there twice and not never.
func (o *Outbox) compact(ctx context.Context, pages []Page) error {
	if !o.leads() {
		return nil
	}
	for _, of := range byAccount(pages) {
		for _, run := range smallRuns(of) {
			if err := o.merge(ctx, run); err != nil {
				return err
			}
		}
	}
	return nil
}

// smallRuns are the small pages that are worth merging, of pages in order.
func smallRuns(pages []Page) (runs [][]Page) {
	begin, records, bytes := 0, 0, int64(0)
	end := func(i int) {
		if i-begin >= worthMerging {
			runs = append(runs, pages[begin:i])
		}
		begin, records, bytes = i, 0, 0
	}
	for i, page := range pages {
		if page.Bytes > smallPage {
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

func (o *Outbox) merge(ctx context.Context, pages []Page) error {
	loaded, err := o.load(ctx, pages, map[ledger.AccountID]bool{})
	if err != nil || len(loaded) < len(pages) {
		return err // somebody else is at it, or there is something that nobody can read
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
