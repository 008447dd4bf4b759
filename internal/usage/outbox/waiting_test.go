package outbox

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// shelf is a Spill in memory, by hash. Pages that are listed may be gone when they are loaded.
type shelf struct {
	Spill

	listed   []Page
	contents map[string][]byte
}

func (s *shelf) List(context.Context) ([]Page, error) { return slices.Clone(s.listed), nil }

func (s *shelf) Load(_ context.Context, page Page) ([]byte, error) {
	if content, found := s.contents[page.Hash]; found {
		return content, nil
	}
	return nil, ErrPageGone
}

func (s *shelf) put(t *testing.T, instance string, sequences ...int64) Page {
	t.Helper()
	var records []usage.Record
	for _, sequence := range sequences {
		records = append(records, usage.Record{Namespace: "shop", Instance: instance, Sequence: sequence})
	}
	page, content, err := newPage(ledger.AccountID{Namespace: "shop", Name: instance}, records, "")
	if err != nil {
		t.Fatal(err)
	}
	s.listed, s.contents[page.Hash] = append(s.listed, page), content
	return page
}

func waiting(t *testing.T, spill Spill) (sequences []int64, err error) {
	t.Helper()
	for record, err := range Waiting(t.Context(), spill, ledger.AccountID{Namespace: "shop", Name: "acme"}) {
		if err != nil {
			return sequences, err
		}
		sequences = append(sequences, record.Sequence)
	}
	return sequences, nil
}

func TestWhatWaitsForTheStoreIsReadInOrder(t *testing.T) {
	s := &shelf{contents: map[string][]byte{}}
	s.put(t, "acme", 7, 9)
	s.put(t, "other", 3)
	gone := s.put(t, "acme", 5)
	s.put(t, "acme", 1, 2, 4)
	delete(s.contents, gone.Hash) // it has come into the store since it was listed
	got, err := waiting(t, s)
	if diff := cmp.Diff([]int64{1, 2, 4, 7, 9}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

func TestAnAlteredPageIsAnErrorAndNotLeftOut(t *testing.T) {
	s := &shelf{contents: map[string][]byte{}}
	s.put(t, "acme", 1)
	altered := s.put(t, "acme", 2)
	s.contents[altered.Hash] = s.contents[s.listed[0].Hash]
	if got, err := waiting(t, s); err == nil || errors.Is(err, ErrPageGone) {
		t.Errorf("%v and %v", got, err)
	}
}
