package namedusers

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

// inspect notes what is wrong with an answer whatever was asked.
func (t *trial) inspect(r request, a answer) {
	switch {
	case a.Status >= http.StatusInternalServerError:
		t.Flaw("status %d", a.Status)
	case a.Status == http.StatusNotAcceptable:
		t.Flaw("406, whatever the client accepts")
	}
	if got := a.Header.Get("Content-Encoding"); got != "" {
		t.Flaw("Content-Encoding is %q: the signature is over what was sent", got)
	}
	if a.Header.Get("X-Request-Id") == "" {
		t.Flaw("no X-Request-Id")
	}
	if got := a.Header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
		t.Flaw("Cache-Control is %q", got)
	}
	// The C++ client looks at the type where there is one.
	if got := a.Header.Get("Content-Type"); !strings.Contains(got, "application/json") && (len(a.Body) > 0 || got != "") {
		t.Flaw("Content-Type is %q", got)
	}
	if a.Status >= 400 && (bytes.Contains(a.Body, []byte("goroutine ")) || bytes.Contains(a.Body, []byte(".go:"))) {
		t.Flaw("the error tells of the server's code")
	}
	if r.method != http.MethodHead {
		t.inspectBody(r, a)
	}
}

func (t *trial) inspectBody(r request, a answer) {
	kind := "ProblemDetails"
	switch a.Status {
	case http.StatusOK:
		var known bool
		if kind, known = answersOf(r.method, r.path); !known {
			t.Flaw("200 from an operation that nobody knows")
			return
		}
		if kind == "" {
			if len(a.Body) > 0 {
				t.Flaw("a body where none is expected")
			}
			return
		}
	case http.StatusConflict:
		kind = "BaseErrorResponse"
		if a.At("expectedErrors") != examination.Absent {
			t.Flaw("expectedErrors are there")
		}
	default:
		if got := a.Number("status"); got != int64(a.Status) {
			t.Flaw("the status in the body is %s", a.At("status"))
		}
	}
	value, err := examination.Decode(a.Body)
	if err == nil {
		err = shaped("the body", kind, value)
	}
	if err != nil {
		t.Flaw("%v", err)
	}
}
