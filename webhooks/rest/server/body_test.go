package server

import (
	"net/http"
	"strings"
	"testing"
)

const (
	lineItemsPath = "/provisioning/api/v1.1/instances/" + id + "/line-items"
	goodLineItem  = `{"activationId":"abc","quantity":1}`
)

func TestBodiesThatAreNotTaken(t *testing.T) {
	tests := map[string]struct {
		body   string
		header map[string]string
		status int
		want   string
	}{
		"one that is too large": {
			body: `"` + strings.Repeat("a", 4096) + `"`, status: http.StatusRequestEntityTooLarge,
			want: `{"error":"the body is larger than the 4096 bytes that are taken","reason":"BodyTooLarge"}`,
		},
		"none where one is required": {status: http.StatusBadRequest, want: `{"message":["$: is missing but it is required"]}`},
		"one without a type": {
			body: goodLineItem, header: map[string]string{"Content-Type": ""}, status: http.StatusUnsupportedMediaType,
			want: `{"error":"Content-Type is given 0 times: once, as application/json","reason":"UnsupportedMediaType"}`,
		},
		"a form": {
			body: goodLineItem, header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, status: http.StatusUnsupportedMediaType,
			want: `{"error":"Content-Type \"application/x-www-form-urlencoded\" is not possible: application/json","reason":"UnsupportedMediaType"}`,
		},
		"another charset": {
			body: goodLineItem, header: map[string]string{"Content-Type": "application/json; charset=latin1"}, status: http.StatusUnsupportedMediaType,
			want: `{"error":"Content-Type \"application/json; charset=latin1\" is not possible: application/json, with charset=utf-8 or nothing","reason":"UnsupportedMediaType"}`,
		},
		"a compressed one": {
			body: goodLineItem, header: map[string]string{"Content-Encoding": "gzip"}, status: http.StatusUnsupportedMediaType,
			want: `{"error":"Content-Encoding \"gzip\" is not possible: send the body as it is","reason":"UnsupportedMediaType"}`,
		},
		"half a value": {
			body: `{"activationId":`, status: http.StatusBadRequest,
			want: `{"message":["$: the body is not one JSON value: unexpected end of JSON input, at byte 16"]}`,
		},
		"something behind the value": {
			body: goodLineItem + "{}", status: http.StatusBadRequest,
			want: `{"message":["$: the body is not one JSON value: invalid character '{' after top-level value, at byte 36"]}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			wantProblem(t, w.do(call{method: "PUT", target: lineItemsPath, body: test.body, header: test.header}), test.status, test.want)
			if w.seen != nil {
				t.Error("the handler was called")
			}
		})
	}
}

func TestBodyReachesTheHandlerAsItWasSent(t *testing.T) {
	for _, contentType := range []string{"application/json", "Application/JSON; charset=UTF-8"} {
		w := newWorld(t)
		body := "  {\"quantity\" : 1,\n\"activationId\":\"abc\", \"used\": 0.10}"
		answer := w.do(call{method: "PUT", target: lineItemsPath, body: body, header: map[string]string{"Content-Type": contentType}})
		if answer.Code != http.StatusOK || w.body != body || string(BodyOf(w.seen.Context())) != body {
			t.Errorf("%s: got %d and %q: %s", contentType, answer.Code, w.body, answer.Body)
		}
	}
}

func TestBodyOfAnOperationWithoutOneIsIgnored(t *testing.T) {
	w := newWorld(t)
	answer := w.do(call{method: "DELETE", target: "/api/v1.1/sessions/" + id, body: "{}", header: map[string]string{"Content-Type": "text/plain"}})
	if answer.Code != http.StatusOK || w.body != "" || BodyOf(w.seen.Context()) != nil {
		t.Errorf("got %d and %q", answer.Code, w.body)
	}
}

func TestOptionalBodyMayBeMissing(t *testing.T) {
	w := newWorld(t)
	if answer := w.do(call{method: "PATCH", target: "/provisioning/api/v1.1/configuration"}); answer.Code != http.StatusOK {
		t.Errorf("got %d: %s", answer.Code, answer.Body)
	}
}

func TestAuthorizationMayLookIntoTheBody(t *testing.T) {
	w := newWorld(t)
	looked := ""
	w.options.Authorize = func(r *http.Request) (*http.Request, error) {
		body, err := CheckedBody(r.Context())
		looked = string(body)
		return r, err
	}
	if answer := w.do(call{method: "PUT", target: lineItemsPath, body: goodLineItem}); answer.Code != http.StatusOK || looked != goodLineItem || w.body != goodLineItem {
		t.Errorf("got %d, authorization saw %q, the handler %q", answer.Code, looked, w.body)
	}
	wantProblem(t, w.do(call{method: "PUT", target: lineItemsPath, body: "{"}), http.StatusBadRequest,
		`{"message":["$: the body is not one JSON value: unexpected end of JSON input, at byte 1"]}`)
}
