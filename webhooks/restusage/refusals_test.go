package restusage

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

func TestWhatIsNotTaken(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("x", 513)
	for _, test := range []struct{ path, query, says string }{
		{"records", "limit=0", "query parameter 'limit': 0 found, must have a minimum value of 1"},
		{"records", "limit=10001", "query parameter 'limit': 10001 found, must have a maximum value of 10000"},
		{"records", "limit=-1", "must have a minimum value of 1"},
		{"records", "limit=99999999999999999999", "query parameter 'limit'"},
		{"records", "limit=1e3", "'1e3' found, integer expected"},
		{"records", "limit=ten", "'ten' found, integer expected"},
		{"records", "limit=1&limit=2", "is given 2 times, once is possible"},
		{"records", "limit=", "integer expected"},
		{"records", "after=-1", "must have a minimum value of 0"},
		{"records", "after=9223372036854775808", "query parameter 'after'"},
		{"records", "after=abc", "integer expected"},
		{"records", "instanceId=acme-eu", "is not a UUID"},
		{"records", "kind=Charge,Refund", "does not have a value in the enumeration"},
		{"records", "kind=charge", "does not have a value in the enumeration"},
		{"records", "kind=", "does not have a value in the enumeration"},
		{"records", "item=", "must be at least 1 characters long"},
		{"records", "item=" + long, "may only be 512 characters long"},
		{"records", strings.Repeat("item=x&", 101), "there must be a maximum of 100 items in the array, there are 101"},
		{"records", "from=yesterday", "is not a time"},
		{"records", "from=2026-02-30T00:00:00Z", "is not a time"},
		{"records", "from=2026-02-01T00:00:00Z&to=2026-02-01T00:00:00Z", "query parameter 'to': 2026-02-01T00:00:00Z is not after from"},
		{"records", "activationId=abc", "query parameter 'activationId': is not known"},
		{"records", "namespace=other", "query parameter 'namespace': is not known"},
		{"records", "item%5B%5D=abc", "is not known"},
		{"records", "%zz", "the query is not one"},
		{"records", "format=csv", "is not known"},
		{"aggregates", "by=planet", "does not have a value in the enumeration"},
		{"aggregates", "by=item,day,kind,reason", "there must be a maximum of 3 items in the array, there are 4"},
		{"aggregates", "by=item,item", "the items in the array must be unique"},
		{"aggregates", "top=0", "must have a minimum value of 1"},
		{"aggregates", "top=10001", "must have a maximum value of 10000"},
		{"aggregates", "after=1", "is not known"},
		{"export", "format=xlsx", "does not have a value in the enumeration [ndjson, csv, parquet]"},
		{"export", "format=csv&format=csv", "is given 2 times"},
		{"export", "limit=0", "must have a minimum value of 1"},
		{"summary", "windowHours=0", "must have a minimum value of 1"},
		{"summary", "windowHours=8785", "must have a maximum value of 8784"},
		{"summary", "size=501", "must have a maximum value of 500"},
		{"summary", "item=x", "is not known"},
	} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/namespaces/acme/usage/v1/"+test.path+"?"+test.query, nil)
		answer := httptest.NewRecorder()
		w.handler.ServeHTTP(answer, request)
		t.Run(test.path+"?"+test.query[:min(40, len(test.query))], func(t *testing.T) { want(t, answer, http.StatusBadRequest, "Invalid", test.says) })
	}
}

func TestOtherPathsAndMethods(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		method, path string
		status       int
		reason       string
	}{
		{http.MethodPost, "/namespaces/acme/usage/v1/records", 405, "MethodNotAllowed"},
		{http.MethodDelete, "/namespaces/acme/usage/v1/records", 405, "MethodNotAllowed"},
		{http.MethodHead, "/namespaces/acme/usage/v1/export", 405, "MethodNotAllowed"},
		{http.MethodGet, "/namespaces/acme/usage/v1", 404, "NotFound"},
		{http.MethodGet, "/namespaces/acme/usage", 404, "NotFound"},
		{http.MethodGet, "/namespaces/acme/usage/v2/records", 404, "NotFound"},
		{http.MethodGet, "/namespaces/acme/usage/v1/records/1", 404, "NotFound"},
		{http.MethodGet, "/namespaces/acme/usage/v1/../../../records", 400, "Invalid"},
		{http.MethodGet, "/usage/v1/records", 404, "NotFound"},
	} {
		answer := httptest.NewRecorder()
		w.handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), test.method, test.path, nil))
		t.Run(test.method+" "+test.path, func(t *testing.T) { want(t, answer, test.status, test.reason) })
	}
	w.append(t, record("acme", "acme-eu", 0))
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/dynamicmonetization/namespaces/acme/usage/v1/records/", nil))
	if answer.Code != http.StatusNotFound {
		t.Errorf("a namespace behind the product: %d", answer.Code)
	}
	answer = httptest.NewRecorder()
	w.handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/namespaces/acme/dynamicmonetization/usage/v1/records/", nil))
	if answer.Code != http.StatusOK {
		t.Errorf("a product behind the namespace, and a slash: %d %s", answer.Code, answer.Body)
	}
}

func TestOtherNamespacesHaveTheirOwnRecords(t *testing.T) {
	w := newWorld(t)
	w.append(t, record("acme", "acme-eu", 0), record("umbrella", "acme-eu", 1))
	w.namespace = "umbrella"
	if got := w.list(t, nil).ids(); len(got) != 1 || got[0] != "umbrella-acme-eu-1/0" {
		t.Errorf("umbrella sees %v", got)
	}
}

func TestWithoutAStore(t *testing.T) {
	w := newWorld(t)
	w.api.Store = nil
	for _, path := range []string{"records", "aggregates", "export"} {
		want(t, w.get(t, path, nil), http.StatusNotImplemented, "UsageNotRecorded", "the operator has no usage.store")
	}
	// What is left is known without it, but not how fast it goes.
	if answer := w.get(t, "summary", nil); answer.Code != http.StatusOK || strings.Contains(answer.Body.String(), "burnRate") {
		t.Errorf("the summary: %d %s", answer.Code, answer.Body)
	}
}

// broken is a store that answers with an error after some records.
type broken struct {
	usage.Store

	after int
	err   error
}

func (b broken) Records(ctx context.Context, query usage.Query) iter.Seq2[usage.Record, error] {
	return func(yield func(usage.Record, error) bool) {
		n := 0
		for record, err := range b.Store.Records(ctx, query) {
			if n == b.after {
				break
			}
			n++
			if !yield(record, err) {
				return
			}
		}
		yield(usage.Record{}, b.err)
	}
}

func (b broken) Aggregate(context.Context, usage.Aggregation) ([]usage.Bucket, error) {
	return nil, b.err
}

func TestWhenTheStoreIsDown(t *testing.T) {
	w := newWorld(t)
	w.append(t, record("acme", "acme-eu", 0))
	working := w.api.Store
	w.api.Store = broken{Store: working, after: 1, err: fmt.Errorf("read: %w: disk on fire", usage.ErrUnavailable)}
	for _, path := range []string{"records", "aggregates", "export"} {
		answer := w.get(t, path, nil)
		want(t, answer, http.StatusServiceUnavailable, "Unavailable", "the usage store is not available")
		if answer.Header().Get("Retry-After") != "1" || strings.Contains(answer.Body.String(), "disk") {
			t.Errorf("%s: %v %s", path, answer.Header(), answer.Body)
		}
	}
	w.api.Store = broken{Store: working, after: 1, err: fmt.Errorf("by: there are too many")}
	want(t, w.get(t, "aggregates", nil), http.StatusBadRequest, "Invalid", "too many")
	w.api.Standings = &standings{err: errBroken}
	want(t, w.get(t, "summary", url.Values{}), http.StatusServiceUnavailable, "Unavailable", "usage cannot be read now")
}
