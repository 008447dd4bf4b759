package restfuzz

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
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
	if e.status == http.StatusConflict && e.operation.Described != nil && e.operation.Described.OperationID == "requestSessionAccess" {
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
	if e.operation.Described != nil && e.status != http.StatusMethodNotAllowed {
		return e.operation.Undescribed(e.request, attack.Answer{Status: e.status, Header: e.answer, Text: e.text})
	}
	if e.refused() {
		// The description knows nothing of it, because it is about no operation.
		return attack.Refusal(e.text)
	}
	return nil
}

// attack makes a request and examines the answer. It gives nil for what is no request.
func (r *replica) attack(t testing.TB, m attack.Message) *exchange {
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
