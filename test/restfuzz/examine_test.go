package restfuzz

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

const (
	// tooLong is far above what an answer takes on a busy machine: what is this slow is slow by its nature.
	tooLong = 15 * time.Second
	// tooMuch bounds what is said about a bad request. It must not grow with the request.
	tooMuch = 16 << 10
	// settling is how often a refusal is asked for again before what was written meanwhile is taken for its own.
	settling = 5
)

var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// examine gives what is wrong with the answer, whatever was asked.
func (e *exchange) examine() (wrong []string) {
	is := func(bad bool, format string, args ...any) {
		if bad {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	is(e.panicked, "the handler panicked")
	is(e.status >= http.StatusInternalServerError, "the server failed")
	is(e.status >= 300 && e.status < 400, "it redirects")
	is(e.answer.Get("Cache-Control") != "no-store", "Cache-Control is %q", e.answer.Get("Cache-Control"))
	is(e.answer.Get("X-Content-Type-Options") != "nosniff", "X-Content-Type-Options is %q", e.answer.Get("X-Content-Type-Options"))
	is(!requestID.MatchString(e.answer.Get("X-Request-Id")), "X-Request-Id is %q", e.answer.Get("X-Request-Id"))
	is(e.took > tooLong, "it took %s", e.took)
	is(e.status == http.StatusUnauthorized && e.answer.Get("WWW-Authenticate") == "", "401 without WWW-Authenticate")
	is(e.status == http.StatusMethodNotAllowed && e.answer.Get("Allow") == "", "405 without Allow")
	is(e.status == http.StatusTooManyRequests && e.answer.Get("Retry-After") == "", "429 without Retry-After")
	is(e.refused() && len(e.text) > tooMuch, "the refusal has %d bytes", len(e.text))
	is(e.refused() && len(e.unexpectedWrites()) > 0, "what was refused wrote %q", e.unexpectedWrites())
	return append(wrong, e.examineBody()...)
}

func (e *exchange) refused() bool { return e.status >= 400 && e.status < 500 }

// unexpectedWrites are those that a refusal explains neither by being remembered nor by being a denial, which is as much
// an event in the life of a session as a charge.
func (e *exchange) unexpectedWrites() []string {
	if e.status == http.StatusConflict && e.operation.described != nil && e.operation.described.OperationID == "requestSessionAccess" {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(e.wrote), func(write string) bool { return write == record })
}

func (e *exchange) examineBody() []string {
	public := strings.HasPrefix(e.request.URL.Path, "/docs") && e.status == http.StatusOK
	if public || e.request.Method == http.MethodHead {
		return nil
	}
	if len(e.text) > 0 {
		if kind := e.answer.Get("Content-Type"); kind != "application/json" {
			return []string{fmt.Sprintf("Content-Type is %q", kind)}
		}
		if !utf8.Valid(e.text) || !json.Valid(e.text) {
			return []string{"the answer is not JSON"}
		}
	}
	if e.operation.described != nil && e.status != http.StatusMethodNotAllowed {
		return e.examineByDescription()
	}
	if e.refused() {
		return examineRefusal(e.text)
	}
	return nil
}

// examineRefusal is for what the description knows nothing of, because it is about no operation.
func examineRefusal(text []byte) []string {
	var body struct{ Error, Reason string }
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&body); err != nil || body.Error == "" || body.Reason == "" {
		return []string{"the refusal has not the form of one"}
	}
	return nil
}

func (e *exchange) examineByDescription() []string {
	known := e.operation
	response := known.described.Responses.Status(e.status)
	if response == nil {
		return []string{fmt.Sprintf("%s is not described to answer %d", known, e.status)}
	}
	if hasBody := len(response.Value.Content) > 0; hasBody != (len(e.text) > 0) {
		return []string{fmt.Sprintf("%d is described with a body: %t, and has %d bytes", e.status, hasBody, len(e.text))}
	}
	err := openapi3filter.ValidateResponse(e.request.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: e.request,
			Route:   &routers.Route{Spec: known.document, Operation: known.described, Method: known.method, Path: known.path},
		},
		Status: e.status, Header: e.answer, Body: io.NopCloser(bytes.NewReader(e.text)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	if err != nil {
		return []string{err.Error()}
	}
	return nil
}

// attack makes a request and examines the answer. It gives nil for what is no request.
func (r *replica) attack(t testing.TB, m message) *exchange {
	t.Helper()
	e := r.send(m)
	// What is worked off after an answer is written while the next one is made.
	for range settling {
		if e == nil || !e.refused() || len(e.unexpectedWrites()) == 0 {
			break
		}
		<-time.After(50 * time.Millisecond)
		e = r.send(m)
	}
	if e == nil {
		return nil
	}
	if wrong := e.examine(); len(wrong) > 0 {
		t.Errorf("%s\n%s", strings.Join(wrong, "\n"), e)
	}
	return e
}
