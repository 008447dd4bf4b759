package server

import (
	"net/http/httptest"
	"testing"
	"time"
)

func TestProblemsHaveTheFormOfTheirVersion(t *testing.T) {
	tests := map[string]struct {
		version   Version
		operation string
		status    int
		reason    string
		want      string
	}{
		"line item, old":                 {V10, "putLineItem", 400, ReasonInvalid, `{"errors":["$.a: x","$.b: <y>"]}`},
		"line item, new":                 {V11, "putLineItem", 400, ReasonInvalid, `{"message":["$.a: x","$.b: <y>"]}`},
		"line item, but a conflict":      {V11, "putLineItem", 409, "DeclaredElsewhere", `{"error":"$.a: x; $.b: <y>","reason":"DeclaredElsewhere"}`},
		"another operation":              {V10, "createSession", 400, ReasonInvalid, `{"error":"$.a: x; $.b: <y>","reason":"Invalid"}`},
		"a session that has ended, old":  {V10, "sendHeartbeat", 403, ReasonSessionTerminated, `{"error":"$.a: x; $.b: <y>","reason":"SessionTerminated"}`},
		"a session that has ended, new":  {V11, "requestSessionAccess", 409, ReasonSessionTerminated, `{"message":"$.a: x; $.b: <y>"}`},
		"before the operation was known": {"", "", 404, ReasonNotFound, `{"error":"$.a: x; $.b: <y>","reason":"NotFound"}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r = r.WithContext(WithRequest(r.Context(), Route{Tenant: "acme", Version: test.version}, test.operation, nil))
			answer := httptest.NewRecorder()
			WriteProblem(answer, r, test.status, test.reason, "$.a: x", "$.b: <y>")
			wantProblem(t, answer, test.status, test.want)
			if got := answer.Header().Get("Content-Type"); got != "application/json" {
				t.Errorf("Content-Type: got %q", got)
			}
		})
	}
}

func TestRetryAfterIsInWholeSecondsAndNeverAtOnce(t *testing.T) {
	for after, want := range map[time.Duration]string{0: "1", time.Millisecond: "1", time.Second: "1", 1001 * time.Millisecond: "2", time.Minute: "60"} {
		answer := httptest.NewRecorder()
		SetRetryAfter(answer, after)
		if got := answer.Header().Get("Retry-After"); got != want {
			t.Errorf("%s: got %q, want %q", after, got, want)
		}
	}
}

func TestHandlersWithoutTheChainHaveWhatTheyAreGiven(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	if RouteOf(r.Context()) != (Route{}) || OperationOf(r.Context()) != "" || BodyOf(r.Context()) != nil || RequestIDOf(r.Context()) != "" {
		t.Error("a request from elsewhere has something")
	}
	route := Route{Tenant: "acme", Version: V10, CanonicalPath: "/api/v1.1/sessions"}
	ctx := WithRequest(r.Context(), route, "createSession", []byte("{}"))
	if RouteOf(ctx) != route || OperationOf(ctx) != "createSession" || string(BodyOf(ctx)) != "{}" {
		t.Errorf("got %v, %q, %q", RouteOf(ctx), OperationOf(ctx), BodyOf(ctx))
	}
}
