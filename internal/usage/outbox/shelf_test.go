package outbox

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// shelf is a Spill in memory, by hash. Pages that are listed may be gone when they are loaded.
type shelf struct {
	// creating and created are called before a page is there and after, listing when the list was made.
	creating, created, listing func()

	mu       sync.Mutex
	listed   []Page
	contents map[string][]byte
	// loads counts those of each account.
	loads map[ledger.AccountID]int
}

func newShelf() *shelf {
	return &shelf{contents: map[string][]byte{}, loads: map[ledger.AccountID]int{}}
}

func (s *shelf) Create(_ context.Context, page Page, content []byte) error {
	if s.creating != nil {
		s.creating()
	}
	s.mu.Lock()
	if _, found := s.contents[page.Hash]; !found {
		page.Name, page.Version = page.Hash, page.Hash
		s.listed, s.contents[page.Hash] = append(s.listed, page), content
	}
	s.mu.Unlock()
	if s.created != nil {
		s.created()
	}
	return nil
}

func (s *shelf) List(context.Context) ([]Page, error) {
	s.mu.Lock()
	pages := slices.Clone(s.listed)
	s.mu.Unlock()
	if s.listing != nil {
		s.listing()
	}
	return pages, nil
}

func (s *shelf) ListOf(_ context.Context, account ledger.AccountID) ([]Page, error) {
	return s.of(account), nil
}

func (s *shelf) Load(_ context.Context, page Page) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loads[page.Account]++
	if content, found := s.contents[page.Hash]; found {
		return content, nil
	}
	return nil, ErrPageGone
}

func (s *shelf) Delete(_ context.Context, page Page) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.contents, page.Hash)
	s.listed = slices.DeleteFunc(s.listed, func(listed Page) bool { return listed.Hash == page.Hash })
	return nil
}

// of are the pages of an account, in order.
func (s *shelf) of(account ledger.AccountID) (pages []Page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, page := range s.listed {
		if page.Account == account {
			pages = append(pages, page)
		}
	}
	slices.SortFunc(pages, inOrder)
	return pages
}

// put makes a page of records that have a sequence only.
func (s *shelf) put(t *testing.T, instance string, sequences ...int64) Page {
	t.Helper()
	account := ledger.AccountID{Namespace: "shop", Name: instance}
	var records []usage.Record
	for _, sequence := range sequences {
		records = append(records, usage.Record{ID: recordID(instance, sequence), Namespace: "shop", Instance: instance, Sequence: sequence})
	}
	page, content, err := newPage(account, records, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Create(t.Context(), page, content); err != nil {
		t.Fatal(err)
	}
	page.Name, page.Version = page.Hash, page.Hash
	return page
}
