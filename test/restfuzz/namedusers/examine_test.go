package namedusers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

// tooMuch bounds what is said about a bad request. It must not grow with the request.
const tooMuch = 16 << 10

var (
	requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)
	innards   = regexp.MustCompile(`goroutine [0-9]|panic|runtime error|\.go:[0-9]`)
)

// examine gives what is wrong with the answer, whatever was asked.
func (e *exchange) examine() (wrong []string) {
	is := func(bad bool, format string, args ...any) {
		if bad {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	header := e.Answer.Header
	is(e.Status >= http.StatusInternalServerError, "the server failed")
	is(e.Status >= 300 && e.Status < 400, "it redirects")
	is(e.Status == http.StatusServiceUnavailable && header.Get("Retry-After") == "", "503 without Retry-After")
	is(e.Status == http.StatusTooManyRequests && header.Get("Retry-After") == "", "429 without Retry-After")
	is(e.Status == http.StatusTooManyRequests && e.caller.rights != unknown, "429 for a good key")
	is(e.Status == http.StatusMethodNotAllowed && header.Get("Allow") == "", "405 without Allow")
	is(!strings.Contains(header.Get("Cache-Control"), "no-store"), "Cache-Control is %q", header.Get("Cache-Control"))
	is(header.Get("X-Content-Type-Options") != "nosniff", "X-Content-Type-Options is %q", header.Get("X-Content-Type-Options"))
	is(header.Get("Content-Encoding") != "", "Content-Encoding is %q", header.Get("Content-Encoding"))
	is(!requestID.MatchString(header.Get("X-Request-Id")), "X-Request-Id is %q", header.Get("X-Request-Id"))
	is(e.Status >= 400 && len(e.Text) > tooMuch, "the refusal has %d bytes", len(e.Text))
	is(e.Status >= 400 && innards.Match(e.Text), "the refusal tells of the server's innards")
	for _, key := range []string{vendor.AdminKey, vendor.ProvisioningKey} {
		is(strings.Contains(string(e.Text), key) && !strings.Contains(string(e.Body)+e.Target, key), "the answer tells a key")
	}
	is(e.badNonce && e.Status < 400, "a nonce that is none was taken")
	wrong = append(wrong, e.examineRights()...)
	if e.Method == http.MethodHead {
		return wrong // the body that was signed is not here
	}
	if !e.unsigned {
		wrong = append(wrong, unsigned(header, e.Text, e.nonce)...)
	}
	return append(wrong, e.examineBody()...)
}

// examineRights is about who got through. A request that is none is refused before its caller is looked at.
func (e *exchange) examineRights() []string {
	if e.operation == nil || e.badNonce {
		return nil
	}
	want := 0
	switch rights := e.caller.rights; {
	case rights == unknown && e.Status == http.StatusTooManyRequests:
		return nil
	case rights == unknown:
		want = http.StatusUnauthorized
	case rights == none, rights != everything && !opensTo(e.operation):
		want = http.StatusForbidden
	case e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden && rights != ofNoProduct:
		return []string{fmt.Sprintf("%d for somebody who may call it", e.Status)}
	default:
		return nil
	}
	if e.Status != want {
		return []string{fmt.Sprintf("want %d for the rights of the caller", want)}
	}
	return nil
}

func (e *exchange) examineBody() []string {
	if len(e.Text) > 0 {
		if kind := e.Answer.Header.Get("Content-Type"); kind != "application/json" {
			return []string{fmt.Sprintf("Content-Type is %q", kind)}
		}
		if !utf8.Valid(e.Text) || !json.Valid(e.Text) {
			return []string{"the answer is not JSON"}
		}
	}
	if e.operation == nil || e.Status == http.StatusMethodNotAllowed {
		return e.examineRefusal()
	}
	wrong := e.operation.Undescribed(e.request, e.Answer)
	if e.Status == http.StatusConflict {
		ids, err := documentedIDs()
		if err != nil {
			return []string{err.Error()}
		}
		if id := idOf(e.Text); !ids[id] {
			wrong = append(wrong, fmt.Sprintf("the error id %d is not documented", id))
		}
	}
	return wrong
}

// examineRefusal is for what no operation describes, because it is for none.
func (e *exchange) examineRefusal() []string {
	if e.Status < 400 {
		return []string{"it led somewhere"}
	}
	if e.unsigned && attack.Refusal(e.Text) == nil {
		return nil // it was not taken for a path of version 2
	}
	if !attack.Valid(problemDetails, e.Text) {
		return []string{"the refusal has not the form of one"}
	}
	var problem struct{ Status int }
	if err := json.Unmarshal(e.Text, &problem); err != nil || problem.Status != e.Status {
		return []string{fmt.Sprintf("the refusal tells status %d", problem.Status)}
	}
	return nil
}

var problemDetails = operations[0].Document.Components.Schemas["ProblemDetails"].Value

// refused tells whether the request was answered with one of the statuses.
func (e *exchange) refused(statuses ...int) bool { return slices.Contains(statuses, e.Status) }
