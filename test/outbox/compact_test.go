package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
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
	if diff := cmp.Diff(upTo(120), stored(t, s.Store, account)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestPagesOfAnAccountThatTheStoreRefusesAreMergedWhileThoseOfOthersAreMoved(t *testing.T) {
	s, bad, good := openStore(t), newAccount(t), newAccount(t)
	var refusing atomic.Bool
	refusing.Store(true)
	s.refuse = func(record usage.Record) bool {
		return refusing.Load() && record.Instance == bad.Name && record.Sequence == 1
	}
	without, stop := start(t, options(down(t, s)))
	record(t, without, bad, 1, 1)
	stop()
	box, _ := start(t, options(s))
	for n := range 60 {
		record(t, box, bad, n+2, n+2)
		record(t, box, good, n+1, n+1)
	}
	fewPages(t, bad, 20)
	alone := func(page outbox.Page) bool { return page.First == 1 && page.Last == 1 }
	if pages := pagesOf(t, bad); !slices.ContainsFunc(pages, alone) {
		t.Errorf("the page that is refused is not there by itself: %+v", pages)
	}
	wantStored(t, s, good, 60)
	refusing.Store(false)
	wantStored(t, s, bad, 61)
}
