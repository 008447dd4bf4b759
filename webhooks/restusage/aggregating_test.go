package restusage

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/standing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// busy is a store whose aggregations go on until they are let go, or given up.
type busy struct {
	usage.Store

	begun, goOn chan struct{}
}

func newBusy() *busy { return &busy{begun: make(chan struct{}, 100), goOn: make(chan struct{})} }

func (b *busy) Aggregate(ctx context.Context, _ usage.Aggregation) ([]usage.Bucket, error) {
	b.begun <- struct{}{}
	select {
	case <-b.goOn:
		return nil, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("add up usage records: %w: %w", usage.ErrUnavailable, ctx.Err())
	}
}

func (*busy) Dropped(context.Context, usage.Query) (usage.Dropped, error) {
	return usage.Dropped{}, nil
}

// asks sends some aggregations at once, and gives the answers as they come.
func (w *world) asks(t *testing.T, n int) <-chan *httptest.ResponseRecorder {
	answers := make(chan *httptest.ResponseRecorder, n)
	for range n {
		go func() { answers <- w.get(t, "aggregates", nil) }()
	}
	return answers
}

func TestOnlySoManyAggregationsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newBusy()
		w := newWorldOf(t, store)
		first := w.asks(t, lineLimits.ofOneCaller)
		synctest.Wait()
		if got := len(store.begun); got != aggregationLimits.ofOneCaller {
			t.Errorf("%d aggregations of one caller are under way, want %d", got, aggregationLimits.ofOneCaller)
		}
		tooMany := w.get(t, "aggregates", nil)
		want(t, tooMany, http.StatusTooManyRequests, "TooManyRequests", "12 aggregations of this caller are under way or wait")
		if after := tooMany.Header().Get("Retry-After"); after != "1" {
			t.Errorf("Retry-After is %q", after)
		}
		time.Sleep(linePatience)
		synctest.Wait()
		for range lineLimits.ofOneCaller - aggregationLimits.ofOneCaller {
			want(t, <-first, http.StatusTooManyRequests, "TooManyRequests", "2 aggregations of this caller are under way")
		}
		// They wait for each other, and all get their turn.
		second := w.asks(t, 5)
		synctest.Wait()
		close(store.goOn)
		for range aggregationLimits.ofOneCaller {
			if answer := <-first; answer.Code != http.StatusOK {
				t.Errorf("the first: %d %s", answer.Code, answer.Body)
			}
		}
		for range 5 {
			if answer := <-second; answer.Code != http.StatusOK {
				t.Errorf("one that waited: %d %s", answer.Code, answer.Body)
			}
		}
		if left := w.api.aggregations.underWay() + w.api.line.underWay(); left != 0 {
			t.Errorf("%d places were not left", left)
		}
	})
}

func TestAggregationsOfAllCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newBusy()
		w := newWorldOf(t, store)
		var others places
		for i := range aggregationLimits.inAll {
			if refused := others.take(aggregationLimits, fmt.Sprint("caller ", i/aggregationLimits.ofOneCaller)); refused != nil {
				t.Fatalf("aggregation %d: %v", i, refused)
			}
		}
		refused := others.await(t.Context(), aggregationLimits, "another", linePatience)
		if refused == nil || refused.Status != http.StatusServiceUnavailable {
			t.Errorf("got %v, want that the server has no place", refused)
		}
		for i := range aggregationLimits.inAll {
			if refused := w.api.aggregations.take(aggregationLimits, fmt.Sprint("caller ", i)); refused != nil {
				t.Fatal(refused)
			}
		}
		want(t, w.get(t, "aggregates", nil), http.StatusServiceUnavailable, "Unavailable", "3 aggregations are under way, and no more are possible at once")
	})
}

func TestAnAggregationThatTakesTooLongIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldOf(t, newBusy())
		began := time.Now()
		answer := w.get(t, "aggregates", url.Values{"by": {"session"}})
		want(t, answer, http.StatusServiceUnavailable, "Unavailable", "longer than the 30s that are possible: narrow from and to, name an instance")
		if after := answer.Header().Get("Retry-After"); after != "30" || time.Since(began) != 30*time.Second {
			t.Errorf("after %s, Retry-After is %q", time.Since(began), after)
		}
	})
}

func TestTheSummaryIsAnAggregation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newBusy()
		w := newWorldOf(t, store)
		w.api.Standings = &standings{page: standing.Page{Instances: []standing.Instance{{Name: "acme-inst"}}}}
		first := w.asks(t, aggregationLimits.ofOneCaller)
		synctest.Wait()
		want(t, w.get(t, "summary", nil), http.StatusTooManyRequests, "TooManyRequests", "2 aggregations of this caller are under way")
		close(store.goOn)
		for range aggregationLimits.ofOneCaller {
			<-first
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := newWorldOf(t, newBusy())
		w.api.Standings = &standings{page: standing.Page{Instances: []standing.Instance{{Name: "acme-inst"}}}}
		want(t, w.get(t, "summary", nil), http.StatusServiceUnavailable, "Unavailable", "longer than the 30s that are possible")
	})
}
