package sqlstore

import (
	"context"
	"iter"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// A page is read at once, and given away when no statement is running any more. It begins small, because most who read want
// few, and ends early when its records are large.
const (
	firstPage = 64
	mostPage  = 1024
	pageBytes = 4 << 20
)

// Records reads page by page.
func (s *store) Records(ctx context.Context, query usage.Query) iter.Seq2[usage.Record, error] {
	return func(yield func(usage.Record, error) bool) {
		p := pager{store: s, ctx: ctx, after: query.After, limit: query.Limit, size: firstPage}
		err := p.begin(query)
		for err == nil && !p.done {
			var page []usage.Record
			if page, err = p.next(); err != nil {
				break
			}
			for _, record := range page {
				if !yield(record, nil) {
					return
				}
			}
		}
		if err != nil {
			yield(usage.Record{}, unavailable(ctx, "read usage records", err))
		}
	}
}

// pager reads the pages of a query.
type pager struct {
	selection

	store    *store
	ctx      context.Context //nolint:containedctx // a pager lives as long as the call that reads
	accounts map[int64]usage.Account
	after    int64
	limit    int // records left to give; 0 is all
	size     int
	done     bool
}

// begin reads how far the records go before it reads whose they are. What comes meanwhile may be of an account that is not
// known here, and would be given to somebody whom it does not concern, or passed over.
func (p *pager) begin(query usage.Query) (err error) {
	var last int64
	if err := p.store.read.QueryRowContext(p.ctx, "SELECT position FROM usage_counter").Scan(&last); err != nil {
		return err
	}
	if p.accounts, err = accountsByID(p.ctx, p.store.read); err != nil {
		return err
	}
	p.selection, err = selectRecords(p.ctx, p.store.read, query, p.accounts)
	p.last = min(p.last, last)
	p.done = p.none
	return err
}

func (p *pager) next() ([]usage.Record, error) {
	size := p.size
	if p.limit > 0 {
		size = min(size, p.limit)
	}
	page, full, err := p.read(size)
	if err != nil {
		return nil, err
	}
	if len(page) > 0 {
		p.after = page[len(page)-1].Position
	}
	p.done = !full
	if p.limit > 0 {
		p.limit -= len(page)
		p.done = p.done || p.limit == 0
	}
	p.size = min(p.size*4, mostPage)
	return page, nil
}

// read tells also whether there may be more.
func (p *pager) read(limit int) (page []usage.Record, full bool, err error) {
	s := &statement{dialect: p.store.dialect}
	s.page(p.selection, p.after, limit)
	rows, err := p.store.query(p.ctx, p.store.read, s)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	for bytes := 0; bytes < pageBytes && rows.Next(); {
		record, owner, size, err := scan(rows)
		if err != nil {
			return nil, false, err
		}
		record.Namespace, record.Instance = p.accounts[owner].Namespace, p.accounts[owner].Instance
		page = append(page, record)
		bytes += size
		full = len(page) == limit || bytes >= pageBytes
	}
	if err := rows.Err(); err != nil {
		return nil, false, err
	}
	if err := rows.Close(); err != nil {
		return nil, false, err
	}
	return page, full, nil
}
