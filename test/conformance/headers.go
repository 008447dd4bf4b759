package conformance

import (
	"net/http"
	"strconv"
	"strings"
)

func headerCases() []testCase {
	return []testCase{
		{section: "headers", title: "request ids", tell: requestIDs},
		{section: "2", title: "methods that a path does not have", forms: bothForms, tell: methods},
	}
}

func requestIDs(t *trial) {
	r := t.admin(http.MethodGet, t.provisioning("configuration"), "")
	first, second := t.do(r), t.do(r)
	t.Equal("two calls have different ids", "true", strconv.FormatBool(first.Header.Get("X-Request-Id") != second.Header.Get("X-Request-Id")))
	r.header = map[string]string{"X-Request-Id": "my-id_1.2"}
	t.Equal("a caller's id is kept", "my-id_1.2", t.do(r).Header.Get("X-Request-Id"))
	for _, bad := range []string{"with space", "<script>", strings.Repeat("x", 129), "é"} {
		r.header = map[string]string{"X-Request-Id": bad}
		got := t.do(r).Header.Get("X-Request-Id")
		t.Equal("an id that is none is replaced", "true", strconv.FormatBool(got != bad && got != ""))
	}
	r = request{method: http.MethodGet, path: t.provisioning("configuration"), header: map[string]string{"X-Request-Id": "refused-1"}}
	t.Equal("an error has it too", "refused-1", t.refused("without a token", 401, r).Header.Get("X-Request-Id"))
}

// methods asks each path for what it does not offer.
func methods(t *trial) {
	m := t.market()
	id, act := m.open(), unique("ACT")
	for _, path := range []struct {
		what, path string
		allowed    []string
	}{
		{"rate tables", t.provisioning("rate-tables"), []string{"GET", "POST", "DELETE"}},
		{"instances", t.provisioning("instances"), []string{"GET", "POST"}},
		{"an instance", t.provisioning("instances", m.instance), []string{"GET"}},
		{"line items", m.lineItems(), []string{"GET", "PUT"}},
		{"a line item", m.lineItems(act), []string{"GET", "DELETE"}},
		{"one-off requests", t.elastic(m.instance), []string{"POST"}},
		{"sessions", t.sessions(), []string{"GET", "POST"}},
		{"a session", t.sessions(id), []string{"GET", "PUT", "DELETE"}},
		{"heartbeats", t.sessions(id, "heartbeat"), []string{"GET"}},
		{"the configuration", t.provisioning("configuration"), []string{"GET", "PATCH"}},
		{"administration keys", t.provisioning("administration-keys"), []string{"PUT"}},
		{"public keys", t.provisioning("public-keys"), []string{"GET"}},
		{"conditions", m.conditions(), []string{"GET", "POST", "PATCH", "DELETE"}},
		{"actions", m.actions(act), []string{"GET", "POST", "PUT", "DELETE"}},
		{"all actions", t.rules(m.instance, "line-items", "actions"), []string{"GET"}},
	} {
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} {
			if contains(path.allowed, method) {
				continue
			}
			a := t.refused(method+" of "+path.what, 405, t.admin(method, path.path, ""))
			t.Contains("Allow", a.Header.Get("Allow"), path.allowed...)
		}
	}
	m.close(id)
}

func contains(all []string, one string) bool {
	for _, element := range all {
		if element == one {
			return true
		}
	}
	return false
}
