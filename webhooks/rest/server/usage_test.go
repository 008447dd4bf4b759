package server

import (
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// usageDocument has both forms of lists.
const usageDocument = `{
  "openapi": "3.0.3", "info": {"title": "Test", "version": "1"},
  "paths": {"/usage/v1/records": {"get": {"operationId": "listUsageRecords", "responses": {"200": {"description": "."}}, "parameters": [
    {"name": "item", "in": "query", "schema": {"type": "array", "maxItems": 3, "items": {"type": "string", "minLength": 1}}},
    {"name": "by", "in": "query", "style": "form", "explode": false, "schema": {"type": "array", "maxItems": 2, "items": {"type": "string", "enum": ["day", "item"]}}}
  ]}}}
}`

func usageWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	var err error
	if w.options.Contract, err = NewContract(map[Version][]byte{V11: []byte(document), Usage: []byte(usageDocument)}); err != nil {
		t.Fatal(err)
	}
	w.options.Usage = &Surface{Handler: w.inner, Authorize: w.options.Authorize}
	w.inner = http.NotFoundHandler()
	return w
}

func TestUsageHasListsAsItsDocumentSays(t *testing.T) {
	for query, want := range map[string]url.Values{
		"":                           {},
		"item=a%2Cb":                 {"item": {"a,b"}},
		"item=a&item=b%2C%20c":       {"item": {"a", "b, c"}},
		"by=item%2Cday":              {"by": {"item,day"}},
		"by=item&by=day":             {"by": {"item,day"}},
		"by=item%2C+day&item=%20a,b": {"by": {"item,day"}, "item": {" a,b"}},
		"by=":                        {},
	} {
		w := usageWorld(t)
		answer := w.do(call{method: http.MethodGet, target: "/usage/v1/records?" + query})
		if answer.Code != http.StatusOK || w.seen == nil {
			t.Errorf("%s: %d %s", query, answer.Code, answer.Body)
			continue
		}
		if diff := cmp.Diff(want, w.seen.URL.Query()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	for _, query := range []string{"item=", "item=a&item=", "item=a&item=b&item=c&item=d", "by=planet", "by=item,,planet", "by=item,day,item", "from=a"} {
		if answer := usageWorld(t).do(call{method: http.MethodGet, target: "/usage/v1/records?" + query}); answer.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", query, answer.Code, answer.Body)
		}
	}
}

func TestUsageLetsInWhomVersion1LetsIn(t *testing.T) {
	w := usageWorld(t)
	for token, status := range map[string]int{"Bearer good": http.StatusOK, "Bearer bad": http.StatusUnauthorized, "": http.StatusUnauthorized} {
		answer := w.do(call{method: http.MethodGet, target: "/namespaces/umbrella/usage/v1/records", header: map[string]string{"Authorization": token}})
		if answer.Code != status {
			t.Errorf("%q: %d, want %d", token, answer.Code, status)
		}
	}
	if got := RouteOf(w.seen.Context()); got != (Route{Tenant: "umbrella", Version: Usage, CanonicalPath: "/usage/v1/records"}) {
		t.Errorf("the route is %+v", got)
	}
}

func TestWithoutASurfaceThereIsNoUsage(t *testing.T) {
	w := newWorld(t)
	answer := w.do(call{method: http.MethodGet, target: "/usage/v1/records"})
	if answer.Code != http.StatusNotFound || w.seen != nil {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

func TestWhatGoesOnForLongIsToldWhenTheServerStops(t *testing.T) {
	entered := make(chan struct{})
	server := start(t, Serving{}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "the first part")
		_ = http.NewResponseController(w).Flush()
		close(entered)
		<-Ending(r.Context())
		panic(http.ErrAbortHandler)
	})
	server.waitReady(t, true)
	cut := make(chan error)
	go func() {
		_, err := get(http.DefaultClient, "http://"+server.Address().String())
		cut <- err
	}()
	<-entered
	server.stop()
	if err := <-cut; err == nil {
		t.Error("the client takes a part for the whole")
	}
	if err := server.waitDone(t); err != nil {
		t.Errorf("the server ended with %v", err)
	}
}
