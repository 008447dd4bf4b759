package outbox

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage/outbox"
)

func fewPages(t *testing.T, account ledger.AccountID, most int) {
	t.Helper()
	eventually(t, func() error {
		if pages := pagesOf(t, account); len(pages) > most {
			return fmt.Errorf("there are %d pages of %s", len(pages), account)
		}
		return nil
	})
}

func TestSmallPagesAreMergedWhileTheStoreIsDown(t *testing.T) {
	s, account := openStore(t), newAccount(t)
	s.off.Store(true)
	box, _ := start(t, options(s))
	for n := range 50 {
		record(t, box, account, n+1, n+1)
	}
	fewPages(t, account, 20)
	s.off.Store(false)
	wantStored(t, s, account, 50)
}

// halfWay is a spill that forgets to delete, as a replica does that dies before it comes to that.
type halfWay struct {
	kubestore.Spill
	left atomic.Int64
}

func (h *halfWay) Delete(ctx context.Context, page outbox.Page) error {
	if h.left.Add(-1) < 0 {
		return errors.New("this replica is dead")
	}
	return h.Spill.Delete(ctx, page)
}

func TestAMergerThatDiesHalfWayLosesNothing(t *testing.T) {
	for _, deleted := range []int64{0, 1, 7} {
		t.Run(fmt.Sprintf("after it has deleted %d", deleted), func(t *testing.T) {
			s, account := openStore(t), newAccount(t)
			without := down(t, s)
			follower := options(without)
			follower.Leads = func() bool { return false }
			box, stop := start(t, follower)
			for n := range 20 {
				record(t, box, account, n+1, n+1)
			}
			stop()
			if pages := pagesOf(t, account); len(pages) != 20 {
				t.Fatalf("there are %d pages", len(pages))
			}
			dying := &halfWay{Spill: spill}
			dying.left.Store(deleted)
			o := options(without)
			o.Spill = dying
			_, stop = start(t, o)
			eventually(t, func() error {
				if pages := pagesOf(t, account); len(pages) <= 20-int(deleted) {
					return fmt.Errorf("there are %d pages", len(pages))
				}
				return nil
			})
			stop()
			// The merged page is among those that the next one merges.
			_, stop = start(t, options(without))
			fewPages(t, account, 15)
			stop()
			start(t, options(s))
			wantStored(t, s, account, 20)
		})
	}
}

func TestPagesAreMergedWhileAnotherReplicaMovesThem(t *testing.T) {
	s, account := openStore(t), newAccount(t)
	merging, _ := start(t, options(down(t, s)))
	start(t, options(s))
	for n := range 120 {
		record(t, merging, account, n+1, n+1)
	}
	eventually(t, func() error {
		if pages := pagesOf(t, account); len(pages) > 0 {
			return fmt.Errorf("%d pages are left", len(pages))
		}
		return nil
	})
	seen := map[int]bool{}
	for _, sequence := range stored(t, s.Store, account) {
		if seen[sequence] {
			t.Errorf("%d is stored twice", sequence)
		}
		seen[sequence] = true
	}
	if len(seen) != 120 {
		t.Errorf("%d are stored, want 120", len(seen))
	}
}
