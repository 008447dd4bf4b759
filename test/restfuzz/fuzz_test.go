package restfuzz

import (
	"strings"
	"testing"

	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
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
		f.Add(m.Method, m.Target, strings.Join(m.Header, "\n"), []byte(nil))
		f.Add(m.Method, strings.Replace(m.Target, "/namespaces/{tenant}", "/namespaces/{foreignTenant}/dynamicmonetization", 1), "Authorization: Bearer {client}\nx-instance-id: {instance}", []byte(nil))
		if o.Body() == nil {
			continue
		}
		for _, body := range []any{o.sampleBody(), o.Example()} {
			m := o.request().JSON(attack.MustJSON(body)).With("Idempotency-Key: seed")
			f.Add(m.Method, m.Target, strings.Join(m.Header, "\n"), m.Body)
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
		m := fuzzedWorld.fill(attack.Message{Method: method, Target: target, Header: lines(header), Body: body})
		if len(m.Body) > maxBody {
			m.Body = m.Body[:maxBody+1]
		}
		e := fuzzedWorld.attack(t, m)
		if e == nil || e.status >= 400 || e.operation.Described == nil {
			return
		}
		if !fuzzedWorld.isAuthorized(e) {
			t.Errorf("it was granted without a token\n%s", e)
		}
		if schema := e.operation.Body(); schema != nil && !attack.Valid(schema, m.Body) {
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
	if strings.Contains(e.Target, w.names["foreignTenant"]) {
		tokens = []string{"foreignAdmin", "foreignClient"}
	}
	for _, token := range tokens {
		if strings.HasSuffix(strings.TrimSpace(e.request.Header.Get("Authorization")), " "+w.names[token]) {
			return true
		}
	}
	return false
}
