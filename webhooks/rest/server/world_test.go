package server

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	testingclock "k8s.io/utils/clock/testing"
)

// document is a contract of its own, so that these tests say what the chain does with one, whatever the real one says.
const document = `{
  "openapi": "3.0.3", "info": {"title": "Test", "version": "1"},
  "paths": {
    "/provisioning/api/v1.1/instances": {"get": {"operationId": "listInstances", "responses": {"200": {"description": "."}}, "parameters": [
      {"name": "size", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 500}},
      {"name": "default", "in": "query", "schema": {"type": "boolean"}},
      {"name": "accountId", "in": "query", "schema": {"type": "string", "minLength": 1, "maxLength": 8}}
    ]}},
    "/provisioning/api/v1.1/instances/{instanceId}/line-items": {
      "parameters": [{"name": "instanceId", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}}],
      "get": {"operationId": "listLineItems", "responses": {"200": {"description": "."}}},
      "put": {"operationId": "putLineItem", "responses": {"200": {"description": "."}},
        "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LineItem"}}}}}
    },
    "/provisioning/api/v1.1/instances/{instanceId}/line-items/{lineItemId}": {"get": {"operationId": "getLineItem", "responses": {"200": {"description": "."}}, "parameters": [
      {"name": "instanceId", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}},
      {"name": "lineItemId", "in": "path", "required": true, "schema": {"type": "string", "maxLength": 16}}
    ]}},
    "/provisioning/api/v1.1/instances/{instanceId}/line-items/actions": {"get": {"operationId": "listActions", "responses": {"200": {"description": "."}}, "parameters": [
      {"name": "instanceId", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}}
    ]}},
    "/provisioning/api/v1.1/public-keys": {"get": {"operationId": "listPublicKeys", "responses": {"200": {"description": "."}}}},
    "/provisioning/api/v1.1/configuration": {"patch": {"operationId": "changeConfiguration", "responses": {"200": {"description": "."}},
      "requestBody": {"content": {"application/json": {"schema": {"oneOf": [
        {"type": "array", "items": {"$ref": "#/components/schemas/Setting"}}, {"$ref": "#/components/schemas/Setting"}]}}}}}},
    "/api/v1.1/sessions/{sessionId}": {"delete": {"operationId": "closeSession", "responses": {"204": {"description": "."}}, "parameters": [
      {"name": "sessionId", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}},
      {"name": "x-instance-id", "in": "header", "schema": {"type": "string", "format": "uuid"}}
    ]}},
    "/api/v1.1/sessions/{sessionId}/heartbeat": {"get": {"operationId": "sendHeartbeat", "responses": {"204": {"description": "."}}, "parameters": [
      {"name": "sessionId", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}}
    ]}}
  },
  "components": {"schemas": {
    "Setting": {"type": "object", "additionalProperties": false, "required": ["name", "value"], "properties": {
      "name": {"type": "string", "maxLength": 8}, "value": {"type": "string"}}},
    "LineItem": {"type": "object", "additionalProperties": false, "required": ["activationId", "quantity"], "properties": {
      "activationId": {"type": "string", "minLength": 1, "maxLength": 16, "pattern": "^[a-z]+$"},
      "quantity": {"type": "integer", "format": "int64", "minimum": 1},
      "used": {"type": "number", "format": "decimal", "minimum": 0, "exclusiveMinimum": true, "maximum": 100},
      "state": {"type": "string", "enum": ["DEPLOYED", "INACTIVE"]},
      "instanceId": {"type": "string", "format": "uuid"},
      "tags": {"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": true, "items": {"type": "string"}},
      "dictionary": {"type": "object", "maxProperties": 2, "additionalProperties": {"anyOf": [{"type": "string", "maxLength": 4}, {"type": "number"}, {"type": "boolean"}]}},
      "attributes": {"type": "object", "additionalProperties": false, "properties": {
        "elastic": {"type": "boolean"}, "overdraftLimit": {"type": "integer"}}},
      "metaData": {"type": "object", "additionalProperties": true}
    }}
  }}
}`

const id = "5f0c2c9e-7f5d-4c0e-8a57-0c8f3a5d9b10"

func testContract(t testing.TB) *Contract {
	t.Helper()
	contract, err := NewContract(map[Version][]byte{
		V11: []byte(document), V10: []byte(strings.ReplaceAll(document, "v1.1", "v1.0")),
	})
	if err != nil {
		t.Fatal(err)
	}
	return contract
}

func lineItemSchema(t testing.TB) *openapi3.Schema {
	t.Helper()
	found, _ := testContract(t).roots[V11].find([]string{"provisioning", "api", "v1.1", "instances", id, "line-items"}, nil)
	return found.operations[http.MethodPut].body
}

// world is a chain with all around it in the test's hands.
type world struct {
	options  Options
	clock    *testingclock.FakeClock
	observer *observed
	log      *lines
	// inner answers 200 and remembers, unless a test gives another.
	inner http.Handler
	seen  *http.Request
	body  string
}

func newWorld(t testing.TB) *world {
	w := &world{clock: testingclock.NewFakeClock(time.Unix(1_700_000_000, 0)), observer: &observed{}, log: &lines{}}
	w.inner = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		content, _ := io.ReadAll(r.Body)
		w.seen, w.body = r, string(content)
	})
	w.options = Options{
		Contract: testContract(t), Tenancy: Tenancy{DefaultNamespace: "acme"},
		Authenticate: func(r *http.Request) (*http.Request, string, error) {
			token := r.Header.Get("Authorization")
			if strings.HasPrefix(token, "Bearer good") {
				return r, strings.TrimPrefix(token, "Bearer "), nil
			}
			return nil, "", &Refusal{Status: http.StatusUnauthorized, Reason: ReasonUnauthenticated, Problems: []string{"the token is not valid"}}
		},
		Authorize:   func(r *http.Request) (*http.Request, error) { return r, nil },
		MaxInFlight: 8, MaxBodyBytes: 4096,
		Clock: w.clock, Log: w.log.logger(), Observer: w.observer,
	}
	return w
}

type call struct {
	method, target, body string
	header               map[string]string
}

func (c call) request() *http.Request {
	r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
	r.Header.Set("Authorization", "Bearer good")
	if c.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range c.header {
		r.Header.Del(name)
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	return r
}

func (w *world) do(c call) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	Handler(w.options, w.inner).ServeHTTP(answer, c.request())
	return answer
}

// wantProblem checks status and body of a refusal.
func wantProblem(t *testing.T, answer *httptest.ResponseRecorder, status int, body string) {
	t.Helper()
	if answer.Code != status {
		t.Errorf("status: got %d, want %d", answer.Code, status)
	}
	var got, want any
	if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil {
		t.Fatalf("the body is not JSON: %v: %s", err, answer.Body)
	}
	if err := json.Unmarshal([]byte(body), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("body: (-want +got)\n%s", diff)
	}
}

// observed is what an Observer was told, in order.
type observed struct {
	mu     sync.Mutex
	events []string
	// serves are the operations of each version.
	serves map[string][]string
}

func (o *observed) Serves(version string, operations []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.serves == nil {
		o.serves = map[string][]string{}
	}
	o.serves[version] = operations
}

func (o *observed) tell(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.events = append(o.events, fmt.Sprintf(format, args...))
}

func (o *observed) Began()                    { o.tell("began") }
func (o *observed) Rejected(why string)       { o.tell("rejected %s", why) }
func (o *observed) Panicked(operation string) { o.tell("panicked %s", operation) }
func (o *observed) Served(operation, version string, status int, took time.Duration) {
	o.tell("served %s %s %d %s", operation, version, status, took)
}

// lines is what was logged.
type lines struct {
	mu   sync.Mutex
	text []string
}

func (l *lines) logger() logr.Logger {
	return funcr.New(func(_, args string) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.text = append(l.text, args)
	}, funcr.Options{})
}

func (l *lines) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.text, "\n")
}
