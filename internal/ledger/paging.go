package ledger

import (
	"slices"
	"strings"
	"time"
)

// The account keeps a short tail of receipts, because every commit writes it. Older ones go to pages: a page is stored
// beside the commits, and the next commit that is made anyway lists it in place of what it holds. A crash in between
// leaves a page that no account lists. Small pages are put together the same way, so that the list stays short, too.

// draft is a page and what it takes the place of in the account: receipts or smaller pages.
type draft struct {
	page     *page
	receipts []*Receipt
	pages    []*page
}

// pageRetry is how long a page that could not be stored is left alone.
const pageRetry = time.Second

// tendReceipts makes the account's receipts and pages those that a batch is to be decided on.
func (w *worker) tendReceipts(batch []*command, cutoff time.Time) {
	w.account.forgetReceipts(cutoff)
	w.listPage(cutoff)
	w.countReceipts()
	w.writePage()
	if slices.ContainsFunc(batch, func(c *command) bool { return c.once.Key != "" }) {
		w.loadPages()
	}
}

// writePage stores a page, if one is due, while commits go on. Everything on the account must be committed: what a page
// holds was answered.
func (w *worker) writePage() {
	if w.stored != nil || !w.mayStorePage() {
		return
	}
	next := w.dueDraft()
	if next == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.storing = true
	w.ledger.running.Go(func() {
		err := w.storePage(next)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.storing = false
		if err != nil {
			w.pageAfter = w.ledger.options.Clock.Now().Add(pageRetry)
			w.ledger.options.Log.Error(err, "Older receipts stay in the account for now", "account", w.id)
			return
		}
		w.newlyStored = next
	})
}

// expectsPage tells whether a page is on its way that will make room, or that one which will has only to wait for this to
// be listed.
func (w *worker) expectsPage() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.storing || w.newlyStored != nil || w.stored != nil
}

// mayStorePage tells whether no page is on its way.
func (w *worker) mayStorePage() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.storing && w.newlyStored == nil && !w.draining && w.ledger.options.Clock.Since(w.pageAfter) >= 0
}

func (w *worker) storePage(next *draft) (err error) {
	if next.page, err = next.write(); err != nil {
		return err
	}
	ctx, cancel := w.storeContext()
	defer cancel()
	return w.ledger.store.CreateReceiptPage(ctx, w.id, next.page.listed, next.page.text)
}

func (d *draft) write() (*page, error) {
	if len(d.receipts) > 0 {
		return pageOf(d.receipts), nil
	}
	var text strings.Builder
	for _, page := range d.pages {
		text.WriteString(page.text)
	}
	return newPage(text.String())
}

// dueDraft is what the next page takes the place of; nil when the account is as it should be. Replicas that share the
// account come to the same page if they can, and store it once.
func (w *worker) dueDraft() *draft {
	options := w.ledger.options
	full := len(w.account.Pages) >= options.ReceiptPages
	if pages := w.mergeable(full); len(pages) > 1 {
		return &draft{pages: pages}
	}
	if full || w.receiptBytes <= options.ReceiptTailBytes {
		return nil
	}
	size, limit := 0, options.ReceiptTailBytes*max(1, min(w.receiptBytes, options.ReceiptPageBytes)/options.ReceiptTailBytes)
	oldest := 0
	for _, receipt := range w.account.Receipts {
		if size += len(receipt.text) + 1; size > limit {
			break
		}
		oldest++
	}
	return &draft{receipts: slices.Clone(w.account.Receipts[:max(1, oldest)])}
}

// mergeable are the oldest small pages that fit into one, once there are more than fit, or no page may be added.
func (w *worker) mergeable(full bool) (pages []*page) {
	size, bound := 0, w.ledger.options.ReceiptPageBytes
	for _, listed := range w.account.Pages {
		known := w.pages[listed.Hash]
		if known == nil || listed.Bytes > bound/2 {
			continue
		}
		if size += listed.Bytes; size <= bound {
			pages = append(pages, known)
		}
	}
	if size <= bound && !full {
		return nil
	}
	return pages
}

// listPage puts a page that was stored on the account. It is kept until a commit with it succeeds.
func (w *worker) listPage(cutoff time.Time) {
	w.mu.Lock()
	if w.newlyStored != nil {
		w.stored, w.newlyStored = w.newlyStored, nil
		w.pages[w.stored.page.listed.Hash] = w.stored.page
	}
	w.mu.Unlock()
	if w.stored != nil && !w.account.lists(w.stored.page.listed) && !w.account.list(w.stored, cutoff) {
		w.stored = nil // another replica was faster
	}
}

// pageListed takes note of a commit: the pages that it lists are the ones to know.
func (w *worker) pageListed() {
	w.stored = nil
	w.forgetPages()
}

func (w *worker) forgetPages() {
	for hash, known := range w.pages {
		if !w.account.lists(known.listed) && (w.stored == nil || w.stored.page != known) {
			delete(w.pages, hash)
		}
	}
}

func (a *Account) lists(page *ReceiptPage) bool {
	return slices.ContainsFunc(a.Pages, func(listed *ReceiptPage) bool { return listed.Hash == page.Hash })
}

// list puts a page in the place of what it holds. All of that must be there, but for what is past its retention: what is
// not on the account was not committed to it, or is on another page by now.
func (a *Account) list(next *draft, cutoff time.Time) bool {
	wanted := map[string]bool{}
	for _, receipt := range next.receipts {
		if !receipt.Time.Before(cutoff) {
			wanted[receipt.line()] = true
		}
	}
	for _, page := range next.pages {
		if !page.listed.Newest.Before(cutoff) {
			wanted[page.listed.Hash] = true
		}
	}
	receipts := slices.DeleteFunc(slices.Clone(a.Receipts), func(r *Receipt) bool { return wanted[r.line()] })
	pages := slices.DeleteFunc(slices.Clone(a.Pages), func(p *ReceiptPage) bool { return wanted[p.Hash] })
	replaced := len(a.Receipts) - len(receipts) + len(a.Pages) - len(pages)
	if replaced == 0 || replaced < len(wanted) {
		return false
	}
	pages = append(pages, next.page.listed)
	a.Receipts, a.Pages = receipts, pages
	return true
}
