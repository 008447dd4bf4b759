package outbox

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// ErrPageGone reports a page that is not there any more: somebody else has moved it to the store.
var ErrPageGone = errors.New("the page is gone")

// Spill keeps pages durably. Implementations are safe for concurrent use.
type Spill interface {
	// Create keeps a page. It succeeds if the same page is there already.
	Create(ctx context.Context, page Page, content []byte) error
	// List gives all pages of all replicas, live, without their content. One that says nonsense is among them, and then is
	// not what Load gives.
	List(ctx context.Context) ([]Page, error)
	// ListOf gives those of one account.
	ListOf(ctx context.Context, account ledger.AccountID) ([]Page, error)
	// Load reads the content. It fails with ErrPageGone.
	Load(ctx context.Context, page Page) ([]byte, error)
	// Delete deletes the page that was listed, and no other one of the same name.
	Delete(ctx context.Context, page Page) error
}

// Page is some records of one account, in the order of commits. Its content never changes.
type Page struct {
	Account ledger.AccountID
	// First and Last are the commits of its records.
	First, Last int64
	Records     int
	// Hash is that of the content.
	Hash string
	// Oldest is the time of its oldest record.
	Oldest time.Time
	// Bytes are those that the page takes where it is kept.
	Bytes int64

	// Name and Version are known of a page that was listed.
	Name    string
	Version string
}

// objectBytes is what an object takes beside its content: names, labels, the API server's own notes.
const objectBytes = 1 << 10

// longestContent keeps a page that is not ours from filling the memory.
const longestContent = 64 << 20

// inOrder sorts pages by the commits that they hold.
func inOrder(a, b Page) int {
	return cmp.Or(
		byName(a.Account, b.Account), cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last), cmp.Compare(a.Hash, b.Hash),
	)
}

func byName(a, b ledger.AccountID) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// newPage writes records as a page: a line of JSON each, compressed, because they are much alike. The same records make the
// same page, unless it is given a mark.
func newPage(account ledger.AccountID, records []usage.Record, mark string) (Page, []byte, error) {
	var content bytes.Buffer
	compressed := gzip.NewWriter(&content)
	compressed.Comment = mark
	lines := json.NewEncoder(compressed)
	page := Page{Account: account, Records: len(records), First: records[0].Sequence, Last: records[0].Sequence, Oldest: records[0].Time}
	for _, record := range records {
		if err := lines.Encode(record); err != nil {
			return Page{}, nil, fmt.Errorf("usage record %s: %w", record.ID, err)
		}
		page.First, page.Last = min(page.First, record.Sequence), max(page.Last, record.Sequence)
		if record.Time.Before(page.Oldest) {
			page.Oldest = record.Time
		}
	}
	if err := compressed.Close(); err != nil {
		return Page{}, nil, err
	}
	page.Hash = hashOf(content.Bytes())
	page.Bytes = int64(content.Len()) + objectBytes
	return page, content.Bytes(), nil
}

func hashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// recordsOf reads a page. One that does not say what its object promises was not written by the operator.
func recordsOf(page Page, content []byte) ([]usage.Record, error) {
	if hashOf(content) != page.Hash {
		return nil, fmt.Errorf("the content of page %s of usage records of %s, commits %d to %d, was altered", page.Name, page.Account, page.First, page.Last)
	}
	reader, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("page %s of usage records of %s: %w", page.Name, page.Account, err)
	}
	lines := json.NewDecoder(io.LimitReader(reader, longestContent))
	var records []usage.Record
	for {
		var record usage.Record
		err := lines.Decode(&record)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("page %s of usage records of %s: %w", page.Name, page.Account, err)
		}
		if record.Namespace != page.Account.Namespace || record.Instance != page.Account.Name {
			return nil, fmt.Errorf("page %s of usage records of %s has one of %s/%s", page.Name, page.Account, record.Namespace, record.Instance)
		}
		records = append(records, record)
	}
	if len(records) != page.Records {
		return nil, fmt.Errorf("page %s of usage records of %s has %d and not %d", page.Name, page.Account, len(records), page.Records)
	}
	return records, nil
}

// pagesOf writes records as pages of which none is too large. There is one page as a rule. A transaction stays on one: pages of
// other replicas could come between two, and its records would not stand one behind the other in the store. What is in one
// transaction fits, because the account has it too, in an object of the same size and not compressed.
func (o *Outbox) pagesOf(account ledger.AccountID, records []usage.Record, mark string) ([]written, error) {
	page, content, err := newPage(account, records, mark)
	if err != nil {
		return nil, err
	}
	middle := partedAt(records)
	if len(content) <= o.options.PageBytes || middle == 0 {
		return []written{{page, content}}, nil
	}
	first, err := o.pagesOf(account, records[:middle], mark)
	if err != nil {
		return nil, err
	}
	second, err := o.pagesOf(account, records[middle:], mark)
	return append(first, second...), err
}

// partedAt is where a transaction begins that is nearest to the middle, other than the first; 0 if there is one only.
func partedAt(records []usage.Record) int {
	nearest, half := 0, len(records)/2
	for i := 1; i < len(records); i++ {
		begins := records[i].TransactionID != records[i-1].TransactionID
		if begins && (nearest == 0 || i <= half || i-half < half-nearest) {
			nearest = i
		}
	}
	return nearest
}

// written is a page with its content.
type written struct {
	Page
	content []byte
}
