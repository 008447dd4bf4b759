package kubestore

import (
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr/testr"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/licensing-operator/licensing-operator/internal/idempotency"
)

// TestIdempotencyRecords checks the records on the API server: what makes them exact is its compare-and-swap.
func TestIdempotencyRecords(t *testing.T) {
	h := shared
	clock := clocktesting.NewFakeClock(time.Now())
	// Two replicas.
	replicas := []*idempotency.Records{
		{ConfigMaps: h.Accounts, Clock: clock}, {ConfigMaps: h.Accounts, Clock: clock},
	}
	created := idempotency.Answer{
		Status: 201, Header: map[string]string{"Content-Type": "application/json", "Location": "/x/1"}, Body: []byte(`{"n":0.1}`),
	}

	t.Run("a repeat gets the first answer, on any replica", func(t *testing.T) {
		key := uuid.NewString()
		claim, answer, err := replicas[0].Begin(t.Context(), "scope", key, "digest")
		must(t, err)
		if claim == nil || answer != nil {
			t.Fatalf("got claim %v and answer %v, want the right to make the call", claim, answer)
		}
		must(t, claim.Finish(t.Context(), created))
		for i, replica := range replicas {
			claim, answer, err := replica.Begin(t.Context(), "scope", key, "digest")
			must(t, err)
			if claim != nil {
				t.Fatalf("replica %d would make the call again", i)
			}
			if diff := cmp.Diff(&created, answer); diff != "" {
				t.Errorf("replica %d (-want +got)\n%s", i, diff)
			}
		}
	})

	t.Run("another call under the key is refused, the same key elsewhere is another key", func(t *testing.T) {
		key := uuid.NewString()
		claim, _, err := replicas[0].Begin(t.Context(), "scope", key, "digest")
		must(t, err)
		must(t, claim.Finish(t.Context(), created))
		if _, _, err := replicas[1].Begin(t.Context(), "scope", key, "another"); !errors.Is(err, idempotency.ErrKeyReused) {
			t.Errorf("got %v, want ErrKeyReused", err)
		}
		if claim, _, err := replicas[1].Begin(t.Context(), "another scope", key, "another"); claim == nil || err != nil {
			t.Errorf("got %v, %v, want the right to make the call", claim, err)
		}
	})

	t.Run("of many callers at once one makes the call", func(t *testing.T) {
		key := uuid.NewString()
		var claims atomic.Int32
		var callers sync.WaitGroup
		for i := range 20 {
			callers.Go(func() {
				claim, _, err := replicas[i%len(replicas)].Begin(t.Context(), "scope", key, "digest")
				if claim != nil {
					claims.Add(1)
				} else if !errors.Is(err, idempotency.ErrRunning) {
					t.Errorf("got %v, want ErrRunning", err)
				}
			})
		}
		callers.Wait()
		if claims.Load() != 1 {
			t.Errorf("%d callers would make the call, want 1", claims.Load())
		}
	})

	t.Run("an abandoned call can be made again", func(t *testing.T) {
		key := uuid.NewString()
		claim, _, err := replicas[0].Begin(t.Context(), "scope", key, "digest")
		must(t, err)
		must(t, claim.Abandon(t.Context()))
		if claim, _, err := replicas[1].Begin(t.Context(), "scope", key, "digest"); claim == nil || err != nil {
			t.Errorf("got %v, %v, want the right to make the call", claim, err)
		}
	})

	t.Run("a call whose server died is taken over, and the dead one can no longer answer it", func(t *testing.T) {
		key := uuid.NewString()
		dead, _, err := replicas[0].Begin(t.Context(), "scope", key, "digest")
		must(t, err)
		clock.Step(2 * time.Minute)
		claim, _, err := replicas[1].Begin(t.Context(), "scope", key, "digest")
		must(t, err)
		if claim == nil {
			t.Fatal("the call was not taken over")
		}
		if err := dead.Finish(t.Context(), created); err == nil {
			t.Error("two replicas answered one call")
		}
		must(t, claim.Finish(t.Context(), created))
	})

	t.Run("records are deleted after their retention, and no sooner", func(t *testing.T) {
		for i := range 3 {
			_, _, err := replicas[0].Begin(t.Context(), "old", strconv.Itoa(i), "digest")
			must(t, err)
		}
		count := func() int {
			records, err := h.Accounts.List(t.Context(), metav1.ListOptions{LabelSelector: idempotency.Label + "=true"})
			must(t, err)
			return len(records.Items)
		}
		before := count()
		collector := &idempotency.Collector{ConfigMaps: h.Accounts, Clock: clock, Log: testr.New(t)}
		must(t, collector.Collect(t.Context()))
		if got := count(); got != before {
			t.Errorf("%d of %d records are left before their time", got, before)
		}
		clock.Step(idempotency.Retention)
		must(t, collector.Collect(t.Context()))
		if got := count(); got != 0 {
			t.Errorf("%d records are left", got)
		}
	})
}
