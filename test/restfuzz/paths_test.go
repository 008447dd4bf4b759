package restfuzz

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

var methods = []string{
	"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "GETGET", "X", strings.Repeat("M", 3000), "*", "QUERY", "PURGE",
}

// TestMethodsThatAPathHasNot are answered 405, also those that net/http or a proxy knows better.
func TestMethodsThatAPathHasNot(t *testing.T) {
	w := newWorld(t)
	for _, o := range operations() {
		for _, method := range methods {
			m := o.request()
			m.Method = method
			if method == o.Method || slices.ContainsFunc(operations(), func(other operation) bool { return other.Path == o.Path && other.Method == method }) {
				continue
			}
			if e := w.ask(m); method != http.MethodConnect && e.status != http.StatusMethodNotAllowed {
				t.Errorf("want 405\n%s", e)
			}
		}
	}
}

// TestPathsThatAreNone changes the path in ways that other programs read as the same or another path. None may lead
// anywhere else than it says.
func TestPathsThatAreNone(t *testing.T) {
	w := newWorld(t)
	for _, o := range operations() {
		target := w.fill(o.request()).Target
		path, query, _ := strings.Cut(target, "?")
		for name, changed := range map[string]string{
			"a dot":                    strings.Replace(path, "/api/", "/./api/", 1),
			"two dots":                 strings.Replace(path, "/api/", "/x/../api/", 1),
			"a dot, escaped":           strings.Replace(path, "/api/", "/%2e/api/", 1),
			"two dots, escaped":        strings.Replace(path, "/api/", "/x/%2E%2e/api/", 1),
			"two dots, twice escaped":  strings.Replace(path, "/api/", "/x/%252e%252e/api/", 1),
			"two slashes":              strings.Replace(path, "/api/", "//api/", 1),
			"slashes in front":         "//" + path,
			"slashes at the end":       path + "//",
			"a slash, escaped":         strings.Replace(path, "/api/", "%2Fapi/", 1),
			"a slash, twice escaped":   strings.Replace(path, "/api/", "%252Fapi/", 1),
			"a backslash":              strings.Replace(path, "/api/", `\api/`, 1),
			"a NUL":                    path + "%00",
			"a line":                   path + "%0d%0aX-Injected:%201",
			"no UTF-8":                 path + "%ff",
			"half an escape":           path + "%",
			"a bad escape":             path + "%zz",
			"a parameter in the path":  path + ";a=b",
			"a name that begins alike": path + "x",
			"a name that goes on":      path + "/x",
			"another case":             strings.Replace(path, "/api/", "/API/", 1),
			"another version":          strings.Replace(path, o.Version, "v2.0", 1),
			"no version":               strings.Replace(path, "/"+o.Version, "", 1),
			"two versions":             strings.Replace(path, o.Version, o.Version+"/"+o.Version, 1),
			"two tenants":              "/namespaces/x" + path,
			"a tenant in the middle":   strings.Replace(path, "/api/", "/namespaces/{foreignTenant}/api/", 1),
			"the tenant, escaped":      strings.Replace(path, "/namespaces/", "/namespaces/%2e%2e%2f", 1),
			"a tenant that is none":    strings.Replace(path, w.names["tenant"], "UPPER_case", 1),
			"a long one":               path + "/" + strings.Repeat("a", 20_000),
			"many segments":            path + strings.Repeat("/a", 10_000),
		} {
			m := o.request()
			m.Target = changed
			if query != "" {
				m.Target += "?" + query
			}
			if e := w.try(m); e != nil && e.status < 400 {
				t.Errorf("%s: it led somewhere\n%s", name, e)
			}
		}
	}
}

// TestPathsThatMeanTheSame takes the published ways to write a path.
func TestPathsThatMeanTheSame(t *testing.T) {
	w := newWorld(t)
	for _, o := range operations() {
		if o.Method != "GET" {
			continue
		}
		usual := w.ask(o.request())
		target := w.fill(o.request()).Target
		path, query, hasQuery := strings.Cut(target, "?")
		if hasQuery {
			query = "?" + query
		}
		tenant := "/namespaces/" + w.names["tenant"]
		for _, same := range []string{
			path + "/" + query, strings.Replace(path, tenant, tenant+"/dynamicmonetization", 1) + query,
			"http://elsewhere.example" + path + query, strings.Replace(path, "api", "%61pi", 1) + query,
		} {
			m := o.request()
			m.Target = same
			if e := w.ask(m); e.status != usual.status || e.operation.Described != o.Described {
				t.Errorf("want %d\n%s", usual.status, e)
			}
		}
	}
}

// TestParametersThatAreHostile puts hostile texts into every parameter.
func TestParametersThatAreHostile(t *testing.T) {
	w := newWorld(t)
	for _, o := range operations() {
		for _, parameter := range o.Parameters {
			for i, text := range attack.Parameters {
				m := o.request()
				switch parameter.In {
				case "path":
					m.Target = strings.NewReplacer(
						"{instance}", url.PathEscape(text), "{session}", url.PathEscape(text), "{lineItem}", url.PathEscape(text),
						"{condition}", url.PathEscape(text), "no-such-key", url.PathEscape(text)).Replace(m.Target)
				case "query":
					path, _, _ := strings.Cut(m.Target, "?")
					m.Target = path + "?" + parameter.Name + "=" + url.QueryEscape(text)
				case "header":
					m = m.With(parameter.Name + ": " + text)
				}
				if o.Method != "GET" && i%4 != 0 && rounds <= defaultRounds {
					continue
				}
				w.try(m)
			}
		}
	}
}

// TestQueriesThatAreHostile sends what is wrong with a query as a whole. Nothing is done then.
func TestQueriesThatAreHostile(t *testing.T) {
	w := newWorld(t)
	for _, o := range operations() {
		for name, query := range map[string]string{
			"an unknown parameter": "unknown=1", "20 KB": "unknown=" + strings.Repeat("a", 20_000), "many": strings.Repeat("a=1&", 5_000),
			"a semicolon": "a=1;b=2", "a bad escape": "a=%zz", "a name that is none": "%00=1", "an empty name": "=1", "given twice": "dryRun=true&dryRun=false",
			"another case": "DRYRUN=true", "an array": "dryRun[]=true", "a token": "access_token=x",
		} {
			m := o.request()
			m.Target += map[bool]string{true: "&", false: "?"}[strings.Contains(m.Target, "?")] + query
			if o.Body() != nil {
				m = m.JSON(attack.MustJSON(o.sampleBody()))
			}
			if e := w.ask(m); e.status != http.StatusBadRequest {
				t.Errorf("%s: want 400\n%s", name, e)
			}
		}
	}
}

// TestWhatIsServedToAnybody is the description, and nothing near it.
func TestWhatIsServedToAnybody(t *testing.T) {
	w := newWorld(t)
	for target, want := range map[string]int{
		"/openapi/v1.0.json": 200, "/openapi/v1.1.json": 200, "/openapi/v2.json": 200, "/docs": 200,
		"/openapi/": 404, "/openapi/v2.0.json": 404, "/openapi/v1.1.json/": 404, "/openapi//v1.1.json": 404, "/openapi/../docs": 404,
		"/openapi/%2e%2e/docs": 404, "/openapi/v1.1.json/x": 404, "/docsx": 404, "/docs/x": 404, "/docs/": 200, "//docs": 404, "/": 404, "": 404, "*": 404,
		"/metrics": 404, "/healthz": 404, "/debug/pprof/": 404, "/robots.txt": 404,
	} {
		for _, method := range []string{"GET", "POST", "DELETE", "OPTIONS"} {
			m := attack.Message{Method: method, Target: target}
			if e := w.try(m); e != nil && method == "GET" && e.status != want {
				t.Errorf("want %d\n%s", want, e)
			}
		}
	}
}
