package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/api/openapi"
)

// The order of the checks is part of the contract: whoever may not call learns nothing about the call.
func TestFirstObstacleIsTheAnswer(t *testing.T) {
	w := newWorld(t)
	authorized := false
	w.options.Authorize = func(r *http.Request) (*http.Request, error) {
		if !authorized {
			return nil, &Refusal{Status: http.StatusForbidden, Reason: ReasonForbidden, Problems: []string{"a client token may not do this"}}
		}
		return r, nil
	}
	w.options.CallerLimit = Limit{RequestsPerSecond: 1, Burst: 1}
	handler := Handler(w.options, w.inner)
	bad := call{method: "POST", target: "/api/v3/x", body: `{`, header: map[string]string{"Authorization": "", "Content-Type": "text/plain"}}
	steps := []struct {
		obstacle string
		remove   func()
		want     int
	}{
		{"the path", func() { bad.target = lineItemsPath + "/" }, http.StatusNotFound},
		{"the method", func() { bad.method = "PUT" }, http.StatusMethodNotAllowed},
		{"the token", func() { bad.header["Authorization"] = "Bearer good" }, http.StatusUnauthorized},
		{"the right", func() { authorized = true }, http.StatusForbidden},
		{"the rate, after one that was too large", func() { w.clock.Step(time.Second) }, http.StatusTooManyRequests},
		{"the content type", func() { bad.header["Content-Type"] = "application/json"; w.clock.Step(time.Second) }, http.StatusUnsupportedMediaType},
		{"the JSON", func() { bad.body = `{"quantity":0}`; w.clock.Step(time.Second) }, http.StatusBadRequest},
		{"the schema", func() { bad.body = goodLineItem; w.clock.Step(time.Second) }, http.StatusBadRequest},
		{"nothing", nil, http.StatusOK},
	}
	for _, step := range steps {
		if step.want == http.StatusTooManyRequests {
			large := bad
			large.body = strings.Repeat(" ", 5000)
			answer := httptest.NewRecorder()
			if handler.ServeHTTP(answer, large.request()); answer.Code != http.StatusRequestEntityTooLarge {
				t.Errorf("a body that is too large: got %d: %s", answer.Code, answer.Body)
			}
		}
		answer := httptest.NewRecorder()
		if handler.ServeHTTP(answer, bad.request()); answer.Code != step.want {
			t.Errorf("%s: got %d, want %d: %s", step.obstacle, answer.Code, step.want, answer.Body)
		}
		if (w.seen != nil) != (step.remove == nil) {
			t.Errorf("%s: the handler was called: %t", step.obstacle, w.seen != nil)
		}
		if step.remove != nil {
			step.remove()
		}
	}
}

func TestEveryAnswerHasTheHeaders(t *testing.T) {
	for _, target := range []string{"/provisioning/api/v1.1/public-keys", "/nowhere", "/docs"} {
		w := newWorld(t)
		w.options.Public = http.NotFoundHandler()
		header := w.do(call{method: "GET", target: target, header: map[string]string{"X-Request-Id": "mine-1"}}).Header()
		want := map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Request-Id": "mine-1"}
		for name, value := range want {
			if got := header.Get(name); got != value {
				t.Errorf("%s: %s: got %q, want %q", target, name, got, value)
			}
		}
	}
}

func TestRequestIDsThatCannotBeLoggedAreReplaced(t *testing.T) {
	for _, given := range []string{"", "a b", "a\nb", strings.Repeat("a", 129), "ä"} {
		answer := newWorld(t).do(call{method: "GET", target: "/nowhere", header: map[string]string{"X-Request-Id": given}})
		if got := answer.Header().Get("X-Request-Id"); got == given || checkUUID(got) != nil {
			t.Errorf("%q: got %q, want a new one", given, got)
		}
	}
}

func TestAccessLogHasALineARequestAndNoSecrets(t *testing.T) {
	w := newWorld(t)
	w.inner = http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		w.clock.Step(20 * time.Millisecond)
		answer.WriteHeader(http.StatusCreated)
		_, _ = answer.Write([]byte("{}"))
	})
	w.do(call{method: "PUT", target: "/namespaces/acme/provisioning/api/v1.0/instances/" + id + "/line-items", body: goodLineItem, header: map[string]string{
		"X-Request-Id": "r1", "Authorization": "Bearer good",
	}})
	w.do(call{method: "GET", target: "/nowhere?secret=s", header: map[string]string{"X-Request-Id": "r2"}})
	want := strings.Join([]string{
		`"level"=0 "msg"="Request" "id"="r1" "method"="PUT" "tenant"="acme" "version"="v1.0" "operation"="putLineItem" "caller"="good" "status"=201 "bytes"=2 "duration"="20ms" "remote"="192.0.2.1:1234"`,
		`"level"=0 "msg"="Request" "id"="r2" "method"="GET" "tenant"="" "version"="" "operation"="" "caller"="" "status"=404 "bytes"=118 "duration"="0s" "remote"="192.0.2.1:1234"`,
	}, "\n")
	if diff := cmp.Diff(want, w.log.all()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRequestsAreCounted(t *testing.T) {
	w := newWorld(t)
	w.inner = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { w.clock.Step(time.Second) })
	w.do(call{method: "GET", target: "/provisioning/api/v1.0/public-keys"})
	w.do(call{method: "GET", target: "/nowhere"})
	want := []string{"began", "served listPublicKeys v1.0 200 1s", "began", "served   404 0s"}
	if diff := cmp.Diff(want, w.observer.events); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestMethodsAndPathsThatAreNotThere(t *testing.T) {
	session := "/api/v1.1/sessions/" + id
	tests := map[string]struct {
		method, target string
		status         int
		allow, want    string
	}{
		"HEAD is no heartbeat": {"HEAD", session + "/heartbeat", 405, "GET", `{"error":"HEAD is not possible here: GET","reason":"MethodNotAllowed"}`},
		"another method":       {"POST", session, 405, "DELETE", `{"error":"POST is not possible here: DELETE","reason":"MethodNotAllowed"}`},
		"a method that nobody knows": {
			"get", lineItemsPath, 405, "GET, PUT", `{"error":"get is not possible here: GET, PUT","reason":"MethodNotAllowed"}`,
		},
		"a path that goes on": {
			"GET", session + "/heartbeat/x", 404, "", `{"error":"nothing is at this path in v1.1: /openapi/v1.1.json lists what there is","reason":"NotFound"}`,
		},
		"a path that ends early": {
			"GET", "/v1.0", 404, "", `{"error":"nothing is at this path in v1.0: /openapi/v1.0.json lists what there is","reason":"NotFound"}`,
		},
		"documents, where none are served": {
			"GET", "/openapi/v1.1.json", 404, "", `{"error":"nothing is at this path: \"openapi\" stands where a version is expected, v1.0 or v1.1","reason":"NotFound"}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			answer := w.do(call{method: test.method, target: test.target})
			wantProblem(t, answer, test.status, test.want)
			if got := answer.Header().Get("Allow"); got != test.allow || w.seen != nil {
				t.Errorf("Allow: got %q, want %q; the handler was called: %t", got, test.allow, w.seen != nil)
			}
		})
	}
}

func TestLiteralsGoBeforeVariables(t *testing.T) {
	w := newWorld(t)
	for target, want := range map[string]string{lineItemsPath + "/actions": "listActions", lineItemsPath + "/action": "getLineItem"} {
		if answer := w.do(call{method: "GET", target: target}); answer.Code != http.StatusOK || OperationOf(w.seen.Context()) != want {
			t.Errorf("%s: got %d, want %s", target, answer.Code, want)
		}
	}
}

func TestPublicPathsNeedNoTenantAndNoCaller(t *testing.T) {
	w := newWorld(t)
	w.options.Tenancy = Tenancy{}
	w.options.Public = http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) { fmt.Fprint(answer, r.URL.Path) })
	for _, target := range []string{"/docs", "/docs/", "/docs/page.css", "/openapi/v1.0.json"} {
		if answer := w.do(call{method: "GET", target: target, header: map[string]string{"Authorization": ""}}); answer.Body.String() != target {
			t.Errorf("%s: got %d: %s", target, answer.Code, answer.Body)
		}
	}
	if answer := w.do(call{method: "POST", target: "/docs"}); answer.Code != http.StatusMethodNotAllowed || answer.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: got %d", answer.Code)
	}
	if answer := w.do(call{method: "GET", target: "/docsx"}); answer.Code != http.StatusNotFound {
		t.Errorf("/docsx: got %d", answer.Code)
	}
}

// The documents that are served are ones that the chain can work with, and a name for both versions of an operation is one.
func TestPublishedContractIsUnderstood(t *testing.T) {
	contract, err := NewContract(map[Version][]byte{V10: openapi.V10(), V11: openapi.V11()})
	if err != nil {
		t.Fatal(err)
	}
	operations := map[Version]map[string]string{}
	for version, root := range contract.roots {
		operations[version] = map[string]string{}
		root.collect("", operations[version])
	}
	if diff := cmp.Diff(operations[V11], operations[V10]); diff != "" {
		t.Errorf("(-v1.1 +v1.0)\n%s", diff)
	}
	if len(operations[V11]) != 34 {
		t.Errorf("got %d operations, want 34", len(operations[V11]))
	}
}

func (n *node) collect(path string, operations map[string]string) {
	for method, operation := range n.operations {
		operations[operation.id] = method + " " + path
	}
	for segment, below := range n.literals {
		below.collect(path+"/"+segment, operations)
	}
	if n.variable != nil {
		n.variable.collect(path+"/{}", operations)
	}
}

type unobserved struct{}

func (unobserved) Began()                                    {}
func (unobserved) Served(string, string, int, time.Duration) {}
func (unobserved) Rejected(string)                           {}
func (unobserved) Panicked(string)                           {}
func (unobserved) Serves(string, []string)                   {}

// FuzzRequest drives the whole chain with the published contract: whatever comes, the answer is a proper one.
func FuzzRequest(f *testing.F) {
	contract, err := NewContract(map[Version][]byte{V10: openapi.V10(), V11: openapi.V11()})
	if err != nil {
		f.Fatal(err)
	}
	w := newWorld(f)
	w.options.Contract = contract
	// What is remembered would fill the memory, and a new id each time keeps the fuzzer busy.
	w.options.Log, w.options.Observer = logr.Discard(), unobserved{}
	handler := Handler(w.options, w.inner)
	for _, seed := range [][4]string{
		{"PUT", lineItemsPath, "", goodLineItem},
		{"POST", "/elastic/api/v1.0/instances/" + id + "/access-request", "dryRun=true", `{"requester":{"type":"user","value":"a","dictionary":{"x":1e400}},"requestedItems":[{"item":"a","count":1e-9}]}`},
		{"PATCH", "/provisioning/api/v1.1/configuration", "", `[{"name":"timezone.tolerant","value":"true"}]`},
		{"GET", "/dynamicmonetization/floating/api/v1.0/sessions/" + id + "/", "", ""},
		{"GET", "/v1.1/public-keys", "a=%zz;", "{"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		request := call{method: "GET", target: "/", body: body, header: map[string]string{requestIDHeader: "fuzz"}}.request()
		request.Method, request.URL.RawPath, request.URL.RawQuery = method, path, query
		request.URL.Path = path
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Code >= http.StatusInternalServerError || answer.Code != http.StatusOK && !json.Valid(answer.Body.Bytes()) {
			t.Fatalf("%q %q?%q %q: %d: %s", method, path, query, body, answer.Code, answer.Body)
		}
	})
}
