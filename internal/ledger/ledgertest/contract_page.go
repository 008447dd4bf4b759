package ledgertest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// receiptPage has as many receipts as the largest page.
func (c contract) receiptPage(name string) (*ledger.ReceiptPage, string) {
	c.Helper()
	var text strings.Builder
	for n := range 800 {
		line, err := json.Marshal(ledger.Receipt{
			Key: fmt.Sprint(name, n), Digest: "<d&gest>", Time: at(n % 60), Answer: json.RawMessage(fmt.Sprintf(`{"id":"ä%d%s"}`, n, strings.Repeat("x", 250))),
		})
		c.succeeds(err)
		text.Write(line)
		text.WriteByte('\n')
	}
	page, err := ledger.NewReceiptPage(text.String())
	c.succeeds(err)
	c.equal(page, &ledger.ReceiptPage{Hash: page.Hash, Count: 800, Bytes: text.Len(), Newest: at(59)})
	return page, text.String()
}

func (c contract) loadPage(page *ledger.ReceiptPage) string {
	c.Helper()
	text, err := c.store.LoadReceiptPage(c.Context(), c.id, page.Hash)
	c.succeeds(err)
	return text
}

func (c contract) pageRoundTrip() {
	first, firstText := c.receiptPage("first ")
	second, secondText := c.receiptPage("second ")
	c.succeeds(c.store.CreateReceiptPage(c.Context(), c.id, first, firstText))
	c.succeeds(c.store.CreateReceiptPage(c.Context(), c.id, second, secondText))
	c.equal(c.loadPage(first), firstText)
	c.equal(c.loadPage(second), secondText)
	receipts, err := first.Receipts(firstText)
	c.succeeds(err)
	c.equal(receipts[799].Key, "first 799")
	_, err = first.Receipts(secondText)
	c.fails(err, ledger.ErrTampered)
}

func (c contract) storesPageOnce() {
	page, text := c.receiptPage("")
	for range 2 {
		c.succeeds(c.store.CreateReceiptPage(c.Context(), c.id, page, text))
	}
	c.fails(c.store.CreateReceiptPage(c.Context(), c.id, page, "something else"), ledger.ErrTampered)
	c.equal(c.loadPage(page), text)
}

func (c contract) missingPage() {
	page, text := c.receiptPage("")
	_, err := c.store.LoadReceiptPage(c.Context(), c.id, page.Hash)
	c.fails(err, ledger.ErrPageMissing)
	other := c.CreateInstance(c)
	c.succeeds(c.store.CreateReceiptPage(c.Context(), other, page, text))
	_, err = c.store.LoadReceiptPage(c.Context(), c.id, page.Hash)
	c.fails(err, ledger.ErrPageMissing)
	c.DeleteReceiptPage(c, other, page.Hash)
	_, err = c.store.LoadReceiptPage(c.Context(), other, page.Hash)
	c.fails(err, ledger.ErrPageMissing)
	c.succeeds(c.store.CreateReceiptPage(c.Context(), other, page, text))
}

func (c contract) editedPage() {
	page, text := c.receiptPage("")
	c.succeeds(c.store.CreateReceiptPage(c.Context(), c.id, page, text))
	c.TamperReceiptPage(c, c.id, page.Hash, func(text string) string { return strings.Replace(text, "799", "800", 1) })
	_, err := page.Receipts(c.loadPage(page))
	c.fails(err, ledger.ErrTampered)
	c.fails(c.store.CreateReceiptPage(c.Context(), c.id, page, text), ledger.ErrTampered)
}
