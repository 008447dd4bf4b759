package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrPageMissing reports a page of receipts that is not stored.
var ErrPageMissing = errors.New("the page of receipts does not exist")

// ReceiptPage names receipts that were taken off an account. They are stored beside it, once and for good, under the hash
// of their text: whoever stores the same page again changes nothing, and nobody changes a page unnoticed.
type ReceiptPage struct {
	Hash  string `json:"hash"`
	Count int    `json:"count"`
	Bytes int    `json:"bytes"`
	// Newest is when the last of the answers was given.
	Newest time.Time `json:"newest"`
	text   []byte    // the JSON form, made once
}

// NewReceiptPage names the receipts of a text of one receipt a line.
func NewReceiptPage(text string) (*ReceiptPage, error) {
	page, err := newPage(text)
	if err != nil {
		return nil, err
	}
	return page.listed, nil
}

// Receipts reads the text that is stored under the page's hash. It fails with ErrTampered.
func (p *ReceiptPage) Receipts(text string) ([]*Receipt, error) {
	if err := p.verify(text); err != nil {
		return nil, err
	}
	var receipts []*Receipt
	err := decodeLines(map[string]string{PartReceipts: text}, PartReceipts, &receipts)
	return receipts, err
}

func (p *ReceiptPage) verify(text string) error {
	if hash := hashOfPage(text); hash != p.Hash {
		return fmt.Errorf("%w: the page of receipts %.8s is now %.8s", ErrTampered, p.Hash, hash)
	}
	return nil
}

func hashOfPage(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// page is a page in memory.
type page struct {
	listed *ReceiptPage
	text   string
	// lines are the lines of the text by key; only one that is asked for is decoded.
	lines map[string]string
}

func newPage(text string) (*page, error) {
	p := &page{text: text, lines: map[string]string{}, listed: &ReceiptPage{Hash: hashOfPage(text), Bytes: len(text)}}
	for line := range strings.Lines(text) {
		receipt, err := decodeReceipt(line)
		if err != nil {
			return nil, err
		}
		p.listed.Count++
		if receipt.Time.After(p.listed.Newest) {
			p.listed.Newest = receipt.Time
		}
		// A key may come again after its retention. The later answer counts.
		if earlier, err := p.receipt(receipt.Key); err == nil && earlier != nil && earlier.Time.After(receipt.Time) {
			continue
		}
		p.lines[receipt.Key] = line
	}
	return p, p.listed.encode()
}

// pageOf makes a page of receipts of which each has a key of its own.
func pageOf(receipts []*Receipt) *page {
	var text strings.Builder
	for _, receipt := range receipts {
		text.Write(receipt.text)
		text.WriteByte('\n')
	}
	p := &page{text: text.String(), lines: make(map[string]string, len(receipts))}
	p.listed = &ReceiptPage{Hash: hashOfPage(p.text), Count: len(receipts), Bytes: len(p.text)}
	rest := p.text
	for _, receipt := range receipts {
		p.lines[receipt.Key], rest = rest[:len(receipt.text)+1], rest[len(receipt.text)+1:]
		if receipt.Time.After(p.listed.Newest) {
			p.listed.Newest = receipt.Time
		}
	}
	// Now, and by one: a commit of unknown outcome may still be written when the next account that lists the page is.
	_ = p.listed.encode() // it is of plain values
	return p
}

// openPage reads a page that an account lists.
func openPage(listed *ReceiptPage, text string) (*page, error) {
	if err := listed.verify(text); err != nil {
		return nil, err
	}
	return newPage(text)
}

// receipt is nil when the page has none for the key.
func (p *page) receipt(key string) (*Receipt, error) {
	line, found := p.lines[key]
	if !found {
		return nil, nil
	}
	return decodeReceipt(line)
}

func decodeReceipt(line string) (*Receipt, error) {
	receipt := new(Receipt)
	if err := json.Unmarshal([]byte(line), receipt); err != nil {
		return nil, fmt.Errorf("decode a receipt of a page: %w", err)
	}
	return receipt, nil
}
