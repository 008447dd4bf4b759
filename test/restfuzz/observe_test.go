package restfuzz

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// observer remembers what the chain found out about the request that it served last.
type observer struct {
	mu                 sync.Mutex
	operation, version string
	panicked           bool
}

func (o *observer) Began() {}

func (o *observer) Served(operation, version string, _ int, _ time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.operation, o.version = operation, version
}

func (o *observer) Serves(string, []string) {}

func (o *observer) Rejected(string) {}

func (o *observer) Panicked(string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.panicked = true
}

// take gives what was remembered, and forgets it.
func (o *observer) take() (operation, version string, panicked bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	operation, version, panicked = o.operation, o.version, o.panicked
	o.operation, o.version, o.panicked = "", "", false
	return operation, version, panicked
}

// writes remembers what was written to the API server. It counts what went through, so that a write that was taken back
// counts too.
type writes struct {
	mu   sync.Mutex
	made []string
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// watch is for a client's transport.
func (w *writes) watch(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		what := describe(r)
		response, err := next.RoundTrip(r)
		if err == nil && what != "" && response.StatusCode < http.StatusMultipleChoices {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.made = append(w.made, what)
		}
		return response, err
	})
}

// describe is empty for a request that only reads. Reviews are questions, although they are posted.
func describe(r *http.Request) string {
	reads := r.Method == http.MethodGet || strings.HasSuffix(r.URL.Path, "reviews") || r.URL.Query().Has("dryRun")
	if reads {
		return ""
	}
	if strings.Contains(r.URL.Path, "/configmaps") && mentions(r, "licensing-operator.dev/idempotency") {
		return record
	}
	return r.Method + " " + r.URL.Path
}

// record is a write of what is remembered under an idempotency key.
const record = "the record of an idempotency key"

func mentions(r *http.Request, text string) bool {
	if strings.Contains(r.URL.Path, "/configmaps/idempotency-") {
		return true
	}
	if r.GetBody == nil {
		return false
	}
	body, err := r.GetBody()
	if err != nil {
		return false
	}
	defer body.Close()
	content, err := io.ReadAll(body)
	return err == nil && bytes.Contains(content, []byte(text))
}

// take gives what was written, and forgets it.
func (w *writes) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	made := w.made
	w.made = nil
	return made
}
