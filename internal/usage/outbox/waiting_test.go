package outbox

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

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
	s := newShelf()
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
	s := newShelf()
	s.put(t, "acme", 1)
	altered := s.put(t, "acme", 2)
	s.contents[altered.Hash] = s.contents[s.listed[0].Hash]
	if got, err := waiting(t, s); err == nil || errors.Is(err, ErrPageGone) {
		t.Errorf("%v and %v", got, err)
	}
}
