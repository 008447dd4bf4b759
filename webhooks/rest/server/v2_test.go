package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	isv = "7c1f7a52-3c1b-4f0e-9d57-5d2b8f0e6a11"
	v2  = "/api/v2/isv/" + isv
)

// v2Document is a contract of its own, as document is.
const v2Document = `{
  "openapi": "3.0.3", "info": {"title": "Test", "version": "2"},
  "paths": {
    "/api/v2/isv/{isv_id}/licenses/{license_id}/users": {
      "parameters": [{"$ref": "#/components/parameters/ISV"}, {"$ref": "#/components/parameters/License"}],
      "get": {"operationId": "listUsers", "responses": {"200": {"description": "."}}},
      "patch": {"operationId": "changeUser", "responses": {"200": {"description": "."}},
        "requestBody": {"required": true, "content": {"application/json": {"schema": {"allOf": [
          {"$ref": "#/components/schemas/User"}, {"type": "object", "required": ["user_id"]}]}}}}}},
    "/api/v2/isv/{isv_id}/licenses/{license_id}/users/{user_id}": {
      "parameters": [{"$ref": "#/components/parameters/ISV"}, {"$ref": "#/components/parameters/License"},
        {"name": "user_id", "in": "path", "required": true, "schema": {"type": "string"}}],
      "delete": {"operationId": "deleteUser", "responses": {"200": {"description": "."}}}},
    "/api/v2/isv/{isv_id}/licenses/{license_id}/users/bulk-delete": {
      "parameters": [{"$ref": "#/components/parameters/ISV"}, {"$ref": "#/components/parameters/License"}],
      "post": {"operationId": "deleteUsers", "responses": {"200": {"description": "."}},
        "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "array", "items": {"type": "string"}}}}}}},
    "/api/v2/isv/{isv_id}/licenses/{license_id}/heartbeats": {
      "parameters": [{"$ref": "#/components/parameters/ISV"}, {"$ref": "#/components/parameters/License"}],
      "get": {"operationId": "listHeartbeats", "responses": {"200": {"description": "."}}, "parameters": [
        {"name": "date_from", "in": "query", "schema": {"type": "string", "format": "date-time"}},
        {"name": "limitations", "in": "query", "schema": {"type": "array", "maxItems": 2, "items": {"type": "string", "format": "uuid"}}}]}}
  },
  "components": {
    "parameters": {
      "ISV": {"name": "isv_id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}},
      "License": {"name": "license_id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}}},
    "schemas": {
      "Mode": {"type": "integer", "enum": [0, 1]},
      "User": {"type": "object", "properties": {
        "user_id": {"type": "string"}, "is_active": {"type": "boolean"},
        "group_id": {"type": "string", "format": "uuid", "nullable": true},
        "limit": {"type": "integer", "nullable": true},
        "goodwill": {"type": "number", "format": "decimal", "nullable": true},
        "since": {"type": "string", "format": "date-time", "nullable": true},
        "mode": {"nullable": true, "allOf": [{"$ref": "#/components/schemas/Mode"}]}}}
    }}
}`

// newV2World is a world in which the vendor has the namespace acme.
func newV2World(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	contract, err := NewContract(map[Version][]byte{
		V11: []byte(document), V10: []byte(strings.ReplaceAll(document, "v1.1", "v1.0")), V2: []byte(v2Document),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.options.Contract = contract
	w.options.Tenancy = Tenancy{
		Hosts:            map[string]string{"other.example.com": "other", "acme.example.com": "acme"},
		DefaultNamespace: "other",
		Vendor: func(_ context.Context, isvID, _ string) (string, error) {
			return map[string]string{isv: "acme"}[isvID], nil
		},
	}
	w.options.V2 = &Surface{
		Handler: http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
			w.inner.ServeHTTP(answer, r)
		}),
		Authenticate: func(r *http.Request) (*http.Request, string, error) {
			if key := r.Header.Get("AdminKey"); strings.HasPrefix(key, "good") {
				return r, key, nil
			}
			return nil, "", &Refusal{Status: http.StatusUnauthorized, Reason: ReasonUnauthenticated, Problems: []string{"the AdminKey is not known"}}
		},
		Authorize: func(r *http.Request) (*http.Request, error) { return r, nil },
	}
	return w
}

func withKey(c call) call {
	c.header = map[string]string{"Authorization": "", "AdminKey": "good"}
	return c
}

func TestV2PathsLeadToTheVendor(t *testing.T) {
	users := v2 + "/licenses/" + id + "/users"
	tests := map[string]struct {
		target, operation, path string
		user                    string
		method                  string
	}{
		"as it is":                      {method: "GET", target: users, operation: "listUsers", path: users},
		"with a trailing slash":         {method: "GET", target: users + "/", operation: "listUsers", path: users},
		"with the namespace":            {method: "GET", target: "/namespaces/acme" + users, operation: "listUsers", path: users},
		"with the host's namespace":     {method: "GET", target: "http://acme.example.com" + users, operation: "listUsers", path: users},
		"with the vendor in upper case": {method: "GET", target: strings.Replace(users, isv, strings.ToUpper(isv), 1), operation: "listUsers", path: strings.Replace(users, isv, strings.ToUpper(isv), 1)},
		"with letters encoded for fun":  {method: "GET", target: strings.Replace(users, "v2", "%762", 1), operation: "listUsers", path: users},
		"a user": {
			method: "DELETE", target: users + "/lisa@example.com", operation: "deleteUser", path: users + "/lisa@example.com", user: "lisa@example.com",
		},
		"a user with all encoded": {
			method: "DELETE", target: users + "/a%40x%2Fb%20c", operation: "deleteUser", path: users + "/a@x%2Fb%20c", user: "a@x/b c",
		},
		"a user with the slash as it is": {
			method: "DELETE", target: users + "/a@x/b%20c", operation: "deleteUser", path: users + "/a@x%2Fb%20c", user: "a@x/b c",
		},
		"a user who is called like a call": {method: "DELETE", target: users + "/bulk-delete", operation: "", path: users + "/bulk-delete"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newV2World(t)
			answer := w.do(withKey(call{method: test.method, target: test.target}))
			if test.operation == "" {
				if answer.Code != http.StatusMethodNotAllowed {
					t.Errorf("got %d: %s", answer.Code, answer.Body)
				}
				return
			}
			if answer.Code != http.StatusOK {
				t.Fatalf("got %d: %s", answer.Code, answer.Body)
			}
			ctx := w.seen.Context()
			want := Route{Tenant: "acme", Version: V2, CanonicalPath: test.path}
			if diff := cmp.Diff(want, RouteOf(ctx)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if OperationOf(ctx) != test.operation || PathParameterOf(ctx, "user_id") != test.user {
				t.Errorf("got %s of user %q", OperationOf(ctx), PathParameterOf(ctx, "user_id"))
			}
			if got := w.seen.URL.EscapedPath(); got != test.path {
				t.Errorf("the handler sees %s, want %s", got, test.path)
			}
		})
	}
}

func TestV2RefusalsAreProblemDetails(t *testing.T) {
	users := v2 + "/licenses/" + id + "/users"
	const nowhere = "nothing is at this path in v2: /openapi/v2.json lists what there is"
	tests := map[string]struct {
		call   call
		status int
		title  string
		detail string
		vendor error
	}{
		"no vendor id": {
			call: call{method: "GET", target: "/api/v2/licenses"}, status: 404, title: "Not Found",
			detail: "nothing is at this path: in v2 a path begins with /api/v2/isv/{isv_id}",
		},
		"a vendor id that is none": {
			call: call{method: "GET", target: "/api/v2/isv/acme/licenses"}, status: 400, title: "Bad Request",
			detail: `path parameter 'isv_id': "acme" is not a UUID: hexadecimal digits, as in 01234567-89ab-cdef-0123-456789abcdef`,
		},
		"an unknown vendor": {
			call: call{method: "GET", target: "/api/v2/isv/" + id + "/licenses"}, status: 404, title: "Not Found",
			detail: "there is no vendor " + id + " here",
		},
		"a vendor in another's namespace": {
			call: call{method: "GET", target: "/namespaces/other" + users}, status: 404, title: "Not Found", detail: "there is no vendor " + isv + " here",
		},
		"a vendor on another's host": {
			call: call{method: "GET", target: "http://other.example.com" + users}, status: 404, title: "Not Found", detail: "there is no vendor " + isv + " here",
		},
		"a vendor who cannot be found out": {
			call: call{method: "GET", target: users}, vendor: errors.New("the API server is away"), status: 503, title: "Service Unavailable",
			detail: "it cannot be found out now whose path this is",
		},
		"a path that is none": {
			call: call{method: "GET", target: v2 + "//licenses"}, status: 404, title: "Not Found", detail: "the path has nothing between two slashes",
		},
		"a path that leads nowhere": {call: call{method: "GET", target: v2 + "/users"}, status: 404, title: "Not Found", detail: nowhere},
		"only the vendor":           {call: call{method: "GET", target: v2}, status: 404, title: "Not Found", detail: nowhere},
		"HEAD": {
			call: call{method: "HEAD", target: users}, status: 405, title: "Method Not Allowed", detail: "HEAD is not possible here: GET, PATCH",
		},
		"a caller of version 1": {call: call{method: "GET", target: users}, status: 401, title: "Unauthorized", detail: "the AdminKey is not known"},
		"no body": {
			call: withKey(call{method: "PATCH", target: users}), status: 400, title: "Bad Request", detail: "$: is missing but it is required",
		},
		"a body of another type": {
			call: withKey(call{method: "PATCH", target: users, body: `{"is_active":"yes","mode":7}`}), status: 400, title: "Bad Request",
			detail: "$.is_active: string found, boolean expected; $.mode: does not have a value in the enumeration [0, 1]; $.user_id: is missing but it is required",
		},
		"values that are not possible": {
			call:   withKey(call{method: "PATCH", target: users, body: `{"user_id":null,"group_id":"x","limit":2.0,"goodwill":0.1234567,"since":"today"}`}),
			status: 400, title: "Bad Request",
			detail: `$.group_id: "x" is not a UUID: hexadecimal digits, as in 01234567-89ab-cdef-0123-456789abcdef; ` +
				`$.since: "today" is not a time: RFC 3339, as in 2026-01-31T12:00:00Z; $.user_id: null found, string expected`,
		},
		"an integer with a fraction": {
			call:   withKey(call{method: "PATCH", target: users, body: `{"user_id":"a","limit":2.0}`}),
			status: 400, title: "Bad Request", detail: "$.limit: number found, integer expected",
		},
		"an id in the query that is none": {
			call:   withKey(call{method: "GET", target: v2 + "/licenses/" + id + "/heartbeats?limitations=" + id + ",x"}),
			status: 400, title: "Bad Request",
			detail: `query parameter 'limitations'[1]: "x" is not a UUID: hexadecimal digits, as in 01234567-89ab-cdef-0123-456789abcdef`,
		},
		"too many ids in the query": {
			call:   withKey(call{method: "GET", target: v2 + "/licenses/" + id + "/heartbeats?limitations=" + id + "," + isv + "&limitations=" + id}),
			status: 400, title: "Bad Request",
			detail: `query parameter 'limitations': there must be a maximum of 2 items in the array, there are 3`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newV2World(t)
			if test.vendor != nil {
				w.options.Tenancy.Vendor = func(context.Context, string, string) (string, error) { return "", test.vendor }
			}
			answer := w.do(test.call)
			problem := fmt.Sprintf(`{"type":"about:blank","title":%q,"status":%d,"detail":%q,"instance":null}`, test.title, test.status, test.detail)
			wantProblem(t, answer, test.status, problem)
			if got := answer.Header().Get("Content-Type"); got != "application/json" || w.seen != nil {
				t.Errorf("Content-Type: got %q; the handler was called: %t", got, w.seen != nil)
			}
		})
	}
}

func TestV2TakesWhatPublishedClientsSend(t *testing.T) {
	users := v2 + "/licenses/" + id + "/users"
	heartbeats := v2 + "/licenses/" + id + "/heartbeats"
	tests := map[string]struct {
		call  call
		query string
	}{
		"a whole object with nulls and more": {call: call{
			method: "PATCH", target: users,
			body: `{"user_id":"a","group_id":null,"limit":null,"goodwill":null,"since":null,"mode":null,"last_modified_by":null,"active_sessions":[{"x":1}]}`,
		}},
		"a whole object with values": {call: call{
			method: "PATCH", target: users,
			body: `{"user_id":"a","group_id":"` + strings.ToUpper(id) + `","limit":2,"goodwill":2.50,"since":"2026-01-31T12:00:00","mode":1}`,
		}},
		"only what is needed":           {call: call{method: "PATCH", target: users, body: `{"user_id":"a"}`}},
		"a list":                        {call: call{method: "POST", target: users + "/bulk-delete", body: `["a"]`}},
		"a query that nobody knows":     {call: call{method: "GET", target: users + "?api-version=2"}, query: "api-version=2"},
		"a repeated list":               {call: call{method: "GET", target: heartbeats + "?limitations=" + id + "&limitations=" + isv}, query: "limitations=" + id + "&limitations=" + isv},
		"a list with commas and blanks": {call: call{method: "GET", target: heartbeats + "?limitations=" + id + ",%20" + isv}, query: "limitations=" + id + "&limitations=" + isv},
		"an empty list":                 {call: call{method: "GET", target: heartbeats + "?limitations="}, query: ""},
		"a time without offset":         {call: call{method: "GET", target: heartbeats + "?date_from=2026-01-31T12:00:00"}, query: "date_from=2026-01-31T12%3A00%3A00"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newV2World(t)
			given := withKey(test.call)
			given.header["Accept-Encoding"], given.header["Accept"] = "utf-8", "text/plain"
			answer := w.do(given)
			if answer.Code != http.StatusOK {
				t.Fatalf("got %d: %s", answer.Code, answer.Body)
			}
			if w.body != test.call.body || w.seen.URL.RawQuery != test.query {
				t.Errorf("the handler got %q and the query %q, want %q", w.body, w.seen.URL.RawQuery, test.query)
			}
		})
	}
}

func TestV2IsLoggedAndCounted(t *testing.T) {
	w := newV2World(t)
	w.do(withKey(call{method: "GET", target: v2 + "/licenses/" + id + "/users"}))
	w.do(withKey(call{method: "GET", target: v2 + "/nowhere"}))
	want := []string{"began", "served listUsers v2 200 0s", "began", "served  v2 404 0s"}
	if diff := cmp.Diff(want, w.observer.events); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := w.log.all(); !strings.Contains(got, `"tenant"="acme" "version"="v2" "operation"="listUsers" "caller"="good" "status"=200`) {
		t.Errorf("the log has\n%s", got)
	}
}

func TestVersionsHaveHandlersAndCallersOfTheirOwn(t *testing.T) {
	w := newV2World(t)
	w.options.V2.Handler = http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) { answer.WriteHeader(http.StatusAccepted) })
	if answer := w.do(withKey(call{method: "GET", target: v2 + "/licenses/" + id + "/users"})); answer.Code != http.StatusAccepted {
		t.Errorf("version 2: got %d: %s", answer.Code, answer.Body)
	}
	if answer := w.do(call{method: "GET", target: "/provisioning/api/v1.1/public-keys"}); answer.Code != http.StatusOK {
		t.Errorf("version 1.1: got %d: %s", answer.Code, answer.Body)
	}
	if answer := w.do(withKey(call{method: "GET", target: "/provisioning/api/v1.1/public-keys"})); answer.Code != http.StatusUnauthorized {
		t.Errorf("version 1.1 with a key of version 2: got %d: %s", answer.Code, answer.Body)
	}
}

func TestVendorIsAskedWithWhatPathAndHostName(t *testing.T) {
	for target, want := range map[string]string{
		v2 + "/licenses":                                  isv + " ",
		"/namespaces/acme" + v2 + "/licenses":             isv + " acme",
		"http://acme.example.com" + v2 + "/licenses":      isv + " acme",
		strings.Replace(v2, isv, strings.ToUpper(isv), 1): isv + " ",
	} {
		w, got := newV2World(t), ""
		w.options.Tenancy.Vendor = func(_ context.Context, isvID, namespace string) (string, error) {
			got = isvID + " " + namespace
			return "", nil
		}
		if w.do(withKey(call{method: "GET", target: target})); got != want {
			t.Errorf("%s: the vendor was looked up by %q, want %q", target, got, want)
		}
	}
}

func TestWithoutVendorsThereIsNoVersion2(t *testing.T) {
	w := newWorld(t)
	answer := w.do(call{method: "GET", target: v2 + "/licenses"})
	wantProblem(t, answer, http.StatusNotFound,
		`{"error":"nothing is at this path: \"v2\" stands where a version is expected, v1.0 or v1.1","reason":"NotFound"}`)
}

// One good key must not speak for everybody who sends no Authorization.
func TestAGoodKeyDoesNotHelpOthersToTryOutKeys(t *testing.T) {
	w := newV2World(t)
	w.options.FailureLimit = Limit{RequestsPerSecond: 0.001, Burst: 1}
	handler := Handler(w.options, w.inner)
	list := withKey(call{method: "GET", target: v2 + "/licenses/" + id + "/users"})
	guess := list
	guess.header = map[string]string{"Authorization": "", "AdminKey": "guess"}
	for i, step := range []struct {
		call call
		want int
	}{
		{list, http.StatusOK},
		{guess, http.StatusUnauthorized},
		{guess, http.StatusTooManyRequests},
		{list, http.StatusOK},
	} {
		if answer := serve1(handler, step.call); answer.Code != step.want {
			t.Errorf("step %d: got %d, want %d: %s", i, answer.Code, step.want, answer.Body)
		}
		w.clock.Step(time.Second)
	}
}
