package restfuzz

import (
	"strings"
	"testing"
)

// fuzzedWorld is that of this process. A worker runs one input after the other.
var fuzzedWorld *world

// restorePeriod is after how many requests it is looked whether there is still something to attack.
const restorePeriod = 200

// FuzzAPI sends anything to the whole chain of handlers. Names in braces stand for what is there: see world. It works with
// any number of workers; they share one control plane.
func FuzzAPI(f *testing.F) {
	for _, o := range operations() {
		m := o.request()
		f.Add(m.method, m.target, strings.Join(m.header, "\n"), []byte(nil))
		f.Add(m.method, strings.Replace(m.target, "/namespaces/{tenant}", "/namespaces/{foreignTenant}/dynamicmonetization", 1), "Authorization: Bearer {client}\nx-instance-id: {instance}", []byte(nil))
		if o.body() == nil {
			continue
		}
		for _, body := range []any{o.sampleBody(), o.example()} {
			m := o.request().json(mustJSON(body)).with("Idempotency-Key: seed")
			f.Add(m.method, m.target, strings.Join(m.header, "\n"), m.body)
		}
	}
	for _, target := range []string{"/docs", "/openapi/v1.1.json", "*", "", "//", "/namespaces", "/namespaces/{tenant}", "http://x/api/v1.0/sessions?a=%zz"} {
		f.Add("GET", target, "", []byte(nil))
	}
	for _, header := range []string{
		"Authorization: Basic eA==", "Authorization: Bearer", "Authorization: Bearer a.b.c", "Authorization: Bearer {foreignAdmin}",
		"Authorization: Bearer {admin}\nAuthorization: Bearer {client}", "Authorization: bearer  {admin}",
		"Authorization: Bearer {client}\nx-instance-id: {neighborInstance}", "Authorization: Bearer {client}\nx-instance-id: x\nx-instance-id: y",
	} {
		f.Add("GET", "/namespaces/{tenant}/api/v1.1/sessions/{session}/heartbeat", header, []byte(nil))
	}
	requests := 0
	f.Fuzz(func(t *testing.T, method, target, header string, body []byte) {
		if requests++; fuzzedWorld == nil || requests%restorePeriod == 0 {
			fuzzedWorld = standing(t, fuzzedWorld)
		}
		fuzzedWorld.t = t
		m := fuzzedWorld.fill(message{method: method, target: target, header: lines(header), body: body})
		if len(m.body) > maxBody {
			m.body = m.body[:maxBody+1]
		}
		e := fuzzedWorld.attack(t, m)
		if e == nil || e.status >= 400 || e.operation.described == nil {
			return
		}
		if !fuzzedWorld.isAuthorized(e) {
			t.Errorf("it was granted without a token\n%s", e)
		}
		if schema := e.operation.body(); schema != nil && !valid(schema, m.body) {
			t.Errorf("it is not valid, and not refused\n%s", e)
		}
	})
}

func lines(header string) []string {
	if header == "" {
		return nil
	}
	return strings.Split(header, "\n")
}

// isAuthorized tells whether the request has one of the tokens of the tenant that it is for.
func (w *world) isAuthorized(e *exchange) bool {
	tokens := []string{"admin", "client", "neighborClient"}
	if strings.Contains(e.target, w.names["foreignTenant"]) {
		tokens = []string{"foreignAdmin", "foreignClient"}
	}
	for _, token := range tokens {
		if strings.HasSuffix(strings.TrimSpace(e.request.Header.Get("Authorization")), " "+w.names[token]) {
			return true
		}
	}
	return false
}
