package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// The parts of an account's text form. Each is readable JSON, one line an element, so that an administrator can look at
// an account with kubectl and a diff of two of them is short.
const (
	PartHead        = "head.json"
	PartUsage       = "usage.json"
	PartLimitations = "limitations.json"
	// PartAllocations is there once an action with an allocation was charged.
	PartAllocations = "allocations.json"
	PartOpen        = "open.jsonl"
	PartReceipts    = "receipts.jsonl"
	// PartPages is there while older receipts are on pages.
	PartPages = "receipt-pages.jsonl"
)

// ErrTampered reports an account whose content does not match its hash: somebody else wrote it.
var ErrTampered = errors.New("the account's content does not match its hash")

type head struct {
	Account      AccountID         `json:"account"`
	Sequence     int64             `json:"sequence"`
	Time         time.Time         `json:"time"`
	Commits      map[string]Commit `json:"commits"`
	Movements    *int64            `json:"movements,omitempty"`
	PreviousHash string            `json:"previousHash"`
	Hash         string            `json:"hash,omitempty"`
}

// Encode seals the account (it sets Hash) and gives its text form.
func (a *Account) Encode() (map[string]string, error) {
	parts := map[string]string{}
	usage, err := json.Marshal(a.Usage)
	if err != nil {
		return nil, fmt.Errorf("encode usage: %w", err)
	}
	balances, err := json.Marshal(a.Balances)
	if err != nil {
		return nil, fmt.Errorf("encode limitations: %w", err)
	}
	parts[PartUsage], parts[PartLimitations] = string(usage), string(balances)
	if len(a.Allocations) > 0 {
		allocations, err := json.Marshal(a.Allocations)
		if err != nil {
			return nil, fmt.Errorf("encode allocations: %w", err)
		}
		parts[PartAllocations] = string(allocations)
	}
	if parts[PartOpen], err = encodeLines(a.Open); err != nil {
		return nil, fmt.Errorf("encode open transactions: %w", err)
	}
	if parts[PartReceipts], err = encodeLines(a.Receipts); err != nil {
		return nil, fmt.Errorf("encode receipts: %w", err)
	}
	if len(a.Pages) > 0 {
		if parts[PartPages], err = encodeLines(a.Pages); err != nil {
			return nil, fmt.Errorf("encode pages of receipts: %w", err)
		}
	}
	sealed := head{Account: a.ID, Sequence: a.Sequence, Time: a.Time, Commits: a.Commits, Movements: a.Movements, PreviousHash: a.PreviousHash}
	if a.Hash, err = hashOf(sealed, parts); err != nil {
		return nil, err
	}
	sealed.Hash = a.Hash
	text, err := json.Marshal(sealed)
	parts[PartHead] = string(text)
	return parts, err
}

// Decode reads the text form. With ErrTampered the account is returned too, for a look at it.
func Decode(parts map[string]string) (*Account, error) {
	var top head
	if err := json.Unmarshal([]byte(parts[PartHead]), &top); err != nil {
		return nil, fmt.Errorf("decode %s: %w: %w", PartHead, ErrTampered, err)
	}
	account := NewAccount(top.Account)
	account.Sequence, account.Time, account.PreviousHash, account.Hash = top.Sequence, top.Time, top.PreviousHash, top.Hash
	account.Movements = top.Movements
	if top.Commits != nil {
		account.Commits = top.Commits
	}
	balances := map[LimitationKey]licensing.Balance{}
	err := errors.Join(
		decodePart(parts, PartUsage, &account.Usage),
		decodePart(parts, PartLimitations, &balances),
		decodeAllocations(parts, account.Allocations),
		decodeLines(parts, PartOpen, &account.Open),
		decodeLines(parts, PartReceipts, &account.Receipts),
		decodeLines(parts, PartPages, &account.Pages),
	)
	if err != nil {
		return account, fmt.Errorf("%w: %w", ErrTampered, err)
	}
	maps.Copy(account.Balances, balances)
	top.Hash = ""
	hash, err := hashOf(top, parts)
	if err != nil {
		return account, err
	}
	if hash != account.Hash {
		return account, fmt.Errorf("%w: sequence %d says %s, computed %s", ErrTampered, account.Sequence, account.Hash, hash)
	}
	return account, nil
}

// hashOf covers every part but the hash itself; lengths keep the parts apart.
func hashOf(unsealed head, parts map[string]string) (string, error) {
	text, err := json.Marshal(unsealed)
	if err != nil {
		return "", fmt.Errorf("encode head: %w", err)
	}
	digest := sha256.New()
	covered := []string{string(text), parts[PartUsage], parts[PartLimitations], parts[PartOpen], parts[PartReceipts]}
	if allocations, found := parts[PartAllocations]; found {
		covered = append(covered, allocations)
	}
	if pages, found := parts[PartPages]; found {
		covered = append(covered, PartPages, pages) // by name, so that the one part is not taken for the other
	}
	for _, part := range covered {
		_, _ = fmt.Fprintf(digest, "%d:", len(part)) // a hash never fails to take bytes
		_, _ = io.WriteString(digest, part)
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

// line is an element of a part with a line for each, which remembers its text: it is written by many commits.
type line interface {
	encoded() ([]byte, error)
}

func (t *Transaction) encoded() (_ []byte, err error) {
	if t.text == nil {
		t.text, err = json.Marshal(t)
	}
	return t.text, err
}

func (r *Receipt) encoded() (_ []byte, err error) {
	if r.text == nil {
		r.text, err = json.Marshal(r)
	}
	return r.text, err
}

func (p *ReceiptPage) encoded() ([]byte, error) {
	if p.text == nil {
		if err := p.encode(); err != nil {
			return nil, err
		}
	}
	return p.text, nil
}

func (p *ReceiptPage) encode() (err error) {
	p.text, err = json.Marshal(p)
	return err
}

func encodeLines[L line](lines []L) (string, error) {
	var builder strings.Builder
	for _, line := range lines {
		text, err := line.encoded()
		if err != nil {
			return "", err
		}
		builder.Write(text)
		builder.WriteByte('\n')
	}
	return builder.String(), nil
}

func decodePart(parts map[string]string, part string, into any) error {
	if err := json.Unmarshal([]byte(parts[part]), into); err != nil {
		return fmt.Errorf("decode %s: %w", part, err)
	}
	return nil
}

// decodeAllocations reads a part that may be missing.
func decodeAllocations(parts map[string]string, into licensing.Allocations) error {
	if _, found := parts[PartAllocations]; !found {
		return nil
	}
	return decodePart(parts, PartAllocations, &into)
}

func decodeLines[L any](parts map[string]string, part string, into *[]*L) error {
	for _, text := range slices.Collect(strings.Lines(parts[part])) {
		element := new(L)
		if err := json.NewDecoder(bytes.NewReader([]byte(text))).Decode(element); err != nil {
			return fmt.Errorf("decode %s: %w", part, err)
		}
		*into = append(*into, element)
	}
	return nil
}
