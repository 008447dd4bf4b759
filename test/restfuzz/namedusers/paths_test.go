package namedusers

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

// methods that the path has not are answered 405, and signed.
func (a *attacker) methods(t *testing.T, o *attack.Operation, l *license) {
	for _, method := range few(a, 2, []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "X"}) {
		if slices.ContainsFunc(operations, func(other attack.Operation) bool { return other.Path == o.Path && other.Method == method }) {
			continue
		}
		e := a.request(o, a.of(l, o, false))
		e.Method, e.operation = method, nil
		if a.ask(t, e); e.Status != http.StatusMethodNotAllowed {
			t.Errorf("want 405\n%s", e)
		}
	}
}

// askSomewhere is for a path that other programs read in another way. It may lead nowhere.
func (a *attacker) askSomewhere(t *testing.T, e *exchange) {
	t.Helper()
	e.operation, e.unsigned = nil, true
	a.ask(t, e)
}

// paths are changed, some in ways that mean the same.
func (a *attacker) paths(t *testing.T, o *attack.Operation, l *license) {
	usual := a.usualRequest(o, l)
	path := usual.Target
	for _, changed := range few(a, 4, []string{
		strings.Replace(path, "/api/", "/./api/", 1), strings.Replace(path, "/isv/", "/x/../isv/", 1), strings.Replace(path, "/isv/", "/%2e%2e/isv/", 1),
		strings.Replace(path, "/isv/", "//isv/", 1), "//" + path, strings.Replace(path, "/isv/", "%2Fisv/", 1), path + "%00", path + "%0d%0aX-Injected:%201",
		path + "%ff", path + ";a=b", strings.ToUpper(path), strings.Replace(path, "/v2/", "/v1.1/", 1), strings.Replace(path, "/v2/", "/v2/v2/", 1),
		strings.Replace(path, vendor.VendorID, a.uuid(), 1), strings.Replace(path, vendor.VendorID, "", 1), "/namespaces/" + embedded.Namespace + path,
		"/namespaces/no-such-namespace" + path, "/namespaces/UPPER_case" + path, "/dynamicmonetization" + path, strings.Repeat("/api/v2/isv", 1000), path + strings.Repeat("/a", 5000),
	}) {
		if lastIsAnything(o) && strings.HasPrefix(changed, path) {
			continue // the id of a user may be anything
		}
		e := a.usualRequest(o, l)
		e.Target = changed
		a.askSomewhere(t, e)
	}
	if o.Method != http.MethodGet {
		return
	}
	if a.ask(t, usual); usual.Status == 0 {
		return
	}
	for _, same := range []string{
		"/namespaces/" + embedded.UsersNamespace + path, strings.Replace(path, vendor.VendorID, strings.ToUpper(vendor.VendorID), 1),
		strings.Replace(path, "api", "%61pi", 1), path + "/", "http://elsewhere.example" + path,
	} {
		e := a.usualRequest(o, l)
		e.Target = same
		if a.ask(t, e); e.Status != usual.Status {
			t.Errorf("want %d\n%s", usual.Status, e)
		}
	}
}

func lastIsAnything(o *attack.Operation) bool { return strings.HasSuffix(o.Path, "{user_id}") }
