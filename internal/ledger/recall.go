package ledger

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// loadPages makes sure that the receipts of every page are known, as far as they can be read. Whoever asks with a key
// needs all of them: what no page has was never answered.
func (w *worker) loadPages() {
	var unknown []*ReceiptPage
	for _, listed := range w.account.Pages {
		if w.pages[listed.Hash] == nil {
			unknown = append(unknown, listed)
		}
	}
	if len(unknown) == 0 {
		return
	}
	w.forgetPages()
	// Together they take as long as one call may: what is not read by then is read the next time.
	ctx, cancel := w.storeContext()
	defer cancel()
	pages, failures := make([]*page, len(unknown)), make([]error, len(unknown))
	var reads errgroup.Group
	reads.SetLimit(maxReads)
	for i, listed := range unknown {
		reads.Go(func() error {
			text, err := w.ledger.store.LoadReceiptPage(ctx, w.id, listed.Hash)
			if err == nil {
				pages[i], err = openPage(listed, text)
			}
			failures[i] = err
			return nil
		})
	}
	_ = reads.Wait() // failures are per page
	before := w.unreadable
	w.unreadable = errors.Join(failures...)
	if err := w.unreadable; err != nil && (before == nil || before.Error() != err.Error()) {
		w.ledger.options.Log.Error(err, "Requests with a new idempotency key have to wait: answers may have been given before", "account", w.id)
	}
	for i, listed := range unknown {
		if failures[i] == nil {
			w.pages[listed.Hash] = pages[i]
		}
	}
}

// recall finds the answer that was given for a key; nil if there was none. It fails when that cannot be told.
func (w *worker) recall(key string, cutoff time.Time) (*Receipt, error) {
	if key == "" {
		return nil, nil
	}
	key = fingerprint(key)
	if receipt := w.account.receipt(key); receipt != nil {
		return receipt, nil
	}
	var newest *Receipt
	complete := true
	for _, listed := range w.account.Pages {
		known := w.pages[listed.Hash]
		if known == nil {
			complete = false
			continue
		}
		receipt, err := known.receipt(key)
		if err != nil {
			return nil, err
		}
		// A page stays for its newest receipt. Of two clocks that differ, one may have seen a key's retention end.
		if receipt != nil && !receipt.Time.Before(cutoff) && (newest == nil || receipt.Time.After(newest.Time)) {
			newest = receipt
		}
	}
	if newest == nil && !complete {
		return nil, fmt.Errorf("%w: whether the idempotency key was answered before is not known: %w", ErrUnavailable, w.unreadable)
	}
	return newest, nil
}
