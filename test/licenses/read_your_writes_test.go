package licenses

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

// late holds back what informers are about to show.
type late struct{ sync.RWMutex }

func (l *late) transform(object any) (any, error) {
	l.RLock()
	defer l.RUnlock()
	return object, nil
}

func TestWhatWasWrittenThroughOneReplicaIsFoundOnAnother(t *testing.T) {
	m := newMarket(t)
	// A copy is declared by REST alone.
	edition := must[licenses.Edition](t)(m.here.CloneEdition(t.Context(), m.limited(t, "limited"), licenses.EditionChange{})).ID
	license, deleted := m.license(t, edition, 3), m.license(t, edition, 3)
	for _, id := range []string{license, deleted} {
		must[licenses.User](t)(m.here.AddUser(t.Context(), id, licenses.NewUser{ID: "lisa", Name: "Lisa", Active: true}))
	}

	var informers late
	replica := must[cluster.Replica](t)(shared.StartReplica(t.Context(), plane.Config, now, informers.transform))
	t.Cleanup(func() { noError(t, replica.Ledger.Close(context.Background())) })
	behind := producersOf(replica).For(m.Namespace, licenses.Caller{Name: "late"})
	find := func() []licenses.License {
		return must[[]licenses.License](t)(behind.ByUser(t.Context(), m.productID, "lisa", true))
	}
	current := func(want bool) {
		t.Helper()
		noError(t, wait.PollUntilContextTimeout(t.Context(), 10*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
			is, err := replica.Writes.Current(ctx, m.Namespace)
			return is == want, err
		}))
	}

	for name, change := range map[string]struct {
		make func()
		seen func([]licenses.License) bool
	}{
		"a license": {
			func() {
				must[licenses.License](t)(m.here.UpdateLicense(t.Context(), license, licenses.LicenseChange{Name: said("new")}))
			},
			func(found []licenses.License) bool {
				return len(found) == 2 && (found[0].Name == "new" || found[1].Name == "new")
			},
		},
		"an edition": {
			func() {
				must[licenses.Edition](t)(m.here.UpdateEdition(t.Context(), edition, licenses.EditionChange{UserLimit: said[int32](77)}))
			},
			func(found []licenses.License) bool { return len(found) == 2 && *found[0].UserLimit == 77 },
		},
		"a product": {
			func() {
				must[licenses.ProductLimitation](t)(m.here.UpdateProductLimitation(t.Context(), m.productID, m.api, licenses.ProductLimitationChange{Description: said("new")}))
			},
			func(found []licenses.License) bool {
				return len(found) == 2 && found[0].Limitations[0].Description == "new"
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			current(true)
			informers.Lock()
			change.make()
			current(false)
			if found := find(); !change.seen(found) {
				t.Errorf("found %+v", found)
			}
			informers.Unlock()
			current(true)
			if found := find(); !change.seen(found) {
				t.Errorf("later found %+v", found)
			}
		})
	}

	t.Run("a deletion", func(t *testing.T) {
		informers.Lock()
		defer informers.Unlock()
		must[licenses.License](t)(m.here.DeleteLicense(t.Context(), deleted))
		if found := find(); len(found) != 1 || found[0].LicenseID != license {
			t.Errorf("found %+v", found)
		}
	})
}

// Everybody who changes something marks it in the same place.
func TestManyChangesAtOnceAreAllMade(t *testing.T) {
	m := newMarket(t)
	edition := m.limited(t, "limited")
	var calls []func()
	for i := range 40 {
		license, by := m.license(t, edition, 3), []*licenses.Licenses{m.here, m.there}[i%2]
		calls = append(calls, func() {
			for round := range 5 {
				name := fmt.Sprint("round ", round)
				if changed, err := by.UpdateLicense(t.Context(), license, licenses.LicenseChange{Name: said(name)}); err != nil || changed.Name != name {
					t.Errorf("license %d: %q, %v", i, changed.Name, err)
				}
			}
		})
	}
	atOnce(calls...)
}
