package outbox

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// callsAtOnce bounds the calls of the API server for the pages that are moved together.
const callsAtOnce = 8

// loadedPage is a page with what is on it, or with what is wrong with it: ErrPageGone, or that it cannot be read.
type loadedPage struct {
	Page
	records []usage.Record
	wrong   error
}

// read reads pages. It fails only if the API server does.
func (o *Outbox) read(ctx context.Context, pages []Page) ([]loadedPage, error) {
	read := make([]loadedPage, len(pages))
	calls, ctx := errgroup.WithContext(ctx)
	calls.SetLimit(callsAtOnce)
	for i, page := range pages {
		calls.Go(func() error {
			read[i].Page = page
			content, err := o.options.Spill.Load(ctx, page)
			switch {
			case errors.Is(err, ErrPageGone):
				read[i].wrong = err
				return nil
			case err != nil:
				return err
			}
			read[i].records, read[i].wrong = recordsOf(page, content)
			return nil
		})
	}
	return read, calls.Wait()
}

// load reads the pages of accounts that are not stuck. Behind one that cannot be read the account is. So it is behind one
// that is gone: whoever took it may have merged it, and the merged page is not among these.
func (o *Outbox) load(ctx context.Context, pages []Page, stuck map[ledger.AccountID]bool) ([]loadedPage, error) {
	read, err := o.read(ctx, slices.DeleteFunc(slices.Clone(pages), func(page Page) bool { return stuck[page.Account] }))
	if err != nil {
		return nil, err
	}
	var loaded []loadedPage
	for _, page := range read {
		switch {
		case stuck[page.Account]:
		case page.wrong == nil:
			loaded = append(loaded, page)
		default:
			stuck[page.Account] = true
			if !errors.Is(page.wrong, ErrPageGone) {
				o.setRefused(page.Account, page.wrong)
			}
		}
	}
	return loaded, nil
}

// letGo deletes pages that the store has, and so does not refuse, unless the account is stuck at a later one.
func (o *Outbox) letGo(ctx context.Context, pages []loadedPage, stuck map[ledger.AccountID]bool) error {
	if err := o.delete(ctx, pages); err != nil {
		return err
	}
	o.uncount(pages)
	for _, page := range pages {
		if !stuck[page.Account] {
			o.setRefused(page.Account, nil)
		}
	}
	return nil
}

func (o *Outbox) delete(ctx context.Context, pages []loadedPage) error {
	calls, ctx := errgroup.WithContext(ctx)
	calls.SetLimit(callsAtOnce)
	for _, page := range pages {
		calls.Go(func() error { return o.options.Spill.Delete(ctx, page.Page) })
	}
	return calls.Wait()
}
