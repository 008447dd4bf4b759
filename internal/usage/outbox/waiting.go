package outbox

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Waiting gives the records of an account that are on pages, in the order of commits; one may be on two pages. A page that
// goes while they are read has come into the store. The sequence ends after an error.
func Waiting(ctx context.Context, spill Spill, account ledger.AccountID) iter.Seq2[usage.Record, error] {
	return func(yield func(usage.Record, error) bool) {
		pages, err := spill.List(ctx)
		if err != nil {
			yield(usage.Record{}, err)
			return
		}
		slices.SortFunc(pages, inOrder)
		for _, page := range pages {
			if page.Account != account {
				continue
			}
			content, err := spill.Load(ctx, page)
			if errors.Is(err, ErrPageGone) {
				continue
			}
			var records []usage.Record
			if err == nil {
				records, err = recordsOf(page, content)
			}
			if err != nil {
				yield(usage.Record{}, err)
				return
			}
			for _, record := range records {
				if !yield(record, nil) {
					return
				}
			}
		}
	}
}
