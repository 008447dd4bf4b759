package server

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var tenancy = Tenancy{Hosts: map[string]string{"licenses.example.com": "by-host", "2001:db8::1": "by-address"}, DefaultNamespace: "by-default"}

func TestPathsLeadToTheCanonicalOnes(t *testing.T) {
	const instances = "/provisioning/api/v1.1/instances"
	tests := map[string]struct {
		host, path string
		want       Route
	}{
		"the newest version stays as it is": {path: instances, want: Route{"by-default", V11, instances}},
		"the old version is rewritten":      {path: "/provisioning/api/v1.0/instances", want: Route{"by-default", V10, instances}},
		"a trailing slash is ignored":       {path: instances + "/", want: Route{"by-default", V11, instances}},
		"the product's prefix is optional": {
			path: "/dynamicmonetization" + instances, want: Route{"by-default", V11, instances},
		},
		"a namespace in the path": {path: "/namespaces/acme" + instances, want: Route{"acme", V11, instances}},
		"a namespace and the product's prefix": {
			path: "/namespaces/acme/dynamicmonetization" + instances, want: Route{"acme", V11, instances},
		},
		"a namespace in the path goes before the host": {
			host: "licenses.example.com", path: "/namespaces/acme" + instances, want: Route{"acme", V11, instances},
		},
		"the host's namespace": {host: "licenses.example.com", path: instances, want: Route{"by-host", V11, instances}},
		"a host with a port, a dot and in upper case": {
			host: "LICENSES.example.com.:8444", path: instances, want: Route{"by-host", V11, instances},
		},
		"a host with a port and in upper case": {
			host: "LICENSES.example.com:8444", path: instances, want: Route{"by-host", V11, instances},
		},
		"a host that is an address without a port": {
			host: "[2001:db8::1]", path: instances, want: Route{"by-address", V11, instances},
		},
		"a host that is an address": {host: "[2001:db8::1]:8444", path: instances, want: Route{"by-address", V11, instances}},
		"sessions under floating":   {path: "/floating/api/v1.0/sessions/x", want: Route{"by-default", V10, "/api/v1.1/sessions/x"}},
		"floating behind the product's prefix": {
			path: "/dynamicmonetization/floating/api/v1.1/sessions", want: Route{"by-default", V11, "/api/v1.1/sessions"},
		},
		"elastic": {
			path: "/elastic/api/v1.0/instances/x/access-request", want: Route{"by-default", V10, "/elastic/api/v1.1/instances/x/access-request"},
		},
		"keys without a prefix":   {path: "/v1.0/client-keys/k", want: Route{"by-default", V10, "/provisioning/api/v1.1/client-keys/k"}},
		"keys under api":          {path: "/api/v1.1/administration-keys", want: Route{"by-default", V11, "/provisioning/api/v1.1/administration-keys"}},
		"keys where they belong":  {path: "/provisioning/api/v1.0/public-keys", want: Route{"by-default", V10, "/provisioning/api/v1.1/public-keys"}},
		"an id with a slash":      {path: "/api/v1.1/sessions/a%2Fb", want: Route{"by-default", V11, "/api/v1.1/sessions/a%2Fb"}},
		"an id with a space":      {path: "/api/v1.1/sessions/a%20b", want: Route{"by-default", V11, "/api/v1.1/sessions/a%20b"}},
		"letters encoded for fun": {path: "/%61pi/v1%2E1/sessions", want: Route{"by-default", V11, "/api/v1.1/sessions"}},
		"an id that looks like a version": {
			path: "/api/v1.0/sessions/v1.0", want: Route{"by-default", V10, "/api/v1.1/sessions/v1.0"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, unescaped, err := tenancy.resolve(test.host, test.path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if again, _ := url.PathUnescape(got.CanonicalPath); again != unescaped {
				t.Errorf("the path is %q, unescaped it is %q", got.CanonicalPath, unescaped)
			}
		})
	}
}

func TestPathsThatLeadNowhere(t *testing.T) {
	tests := map[string]struct {
		path   string
		status int
	}{
		"nothing":                          {"/", http.StatusNotFound},
		"the asterisk of OPTIONS":          {"*", http.StatusNotFound},
		"an empty path":                    {"", http.StatusNotFound},
		"only a product":                   {"/dynamicmonetization", http.StatusNotFound},
		"only a namespace":                 {"/namespaces/acme", http.StatusNotFound},
		"a namespace that can be none":     {"/namespaces/Acme%2F../api/v1.1/sessions", http.StatusNotFound},
		"an unknown version":               {"/api/v2.0/sessions", http.StatusNotFound},
		"two slashes":                      {"/api//v1.1/sessions", http.StatusNotFound},
		"two slashes at the end":           {"/api/v1.1/sessions//", http.StatusNotFound},
		"two slashes at the front":         {"//api/v1.1/sessions", http.StatusNotFound},
		"a dot":                            {"/api/./v1.1/sessions", http.StatusBadRequest},
		"two dots":                         {"/api/v1.1/sessions/../instances", http.StatusBadRequest},
		"two dots, encoded":                {"/api/v1.1/sessions/%2e%2E/instances", http.StatusBadRequest},
		"a zero byte":                      {"/api/v1.1/sessions/a%00b", http.StatusBadRequest},
		"a line feed":                      {"/api/v1.1/sessions/a%0Ab", http.StatusBadRequest},
		"half a character":                 {"/api/v1.1/sessions/%ff", http.StatusBadRequest},
		"a percent sign that encodes none": {"/api/v1.1/sessions/%zz", http.StatusBadRequest},
		"the product before the namespace": {"/dynamicmonetization/namespaces/acme/api/v1.1/sessions", http.StatusNotFound},
		"floating without api":             {"/floating/provisioning/api/v1.1/instances", http.StatusNotFound},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, err := tenancy.resolve("", test.path)
			refusal := (*Refusal)(nil)
			if !errors.As(err, &refusal) || refusal.Status != test.status {
				t.Errorf("got %v, want %d", err, test.status)
			}
		})
	}
}

func TestWithoutATenantNothingIsFound(t *testing.T) {
	_, _, err := Tenancy{}.resolve("other.example.com", "/api/v1.1/sessions")
	refusal := (*Refusal)(nil)
	if !errors.As(err, &refusal) || refusal.Status != http.StatusNotFound ||
		!strings.Contains(err.Error(), `no namespace belongs to the host "other.example.com": put /namespaces/{namespace} in front of the path`) {
		t.Errorf("got %v", err)
	}
}

func TestHandlersSeeTheCanonicalPath(t *testing.T) {
	w := newWorld(t)
	mux, matched := http.NewServeMux(), ""
	mux.HandleFunc("GET /provisioning/api/v1.1/instances/{instanceId}/line-items/{lineItemId}", func(_ http.ResponseWriter, r *http.Request) {
		matched = r.PathValue("lineItemId")
		if got := PathParameterOf(r.Context(), "lineItemId"); got != matched {
			t.Errorf("the chain has %q, the mux %q", got, matched)
		}
	})
	w.inner = mux
	target := "/namespaces/acme/dynamicmonetization/provisioning/api/v1.0/instances/" + id + "/line-items/a%2Fb%20c/"
	if answer := w.do(call{method: "GET", target: target}); answer.Code != http.StatusOK || matched != "a/b c" {
		t.Errorf("got %d for line item %q: %s", answer.Code, matched, answer.Body)
	}
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{
		"/api/v1.1/sessions", "/namespaces/acme/v1.0/client-keys/", "/%61pi/v1.0/a%2Fb", "//", "/./..", "/%2e%2e/%00", "/dynamicmonetization/floating/api/v1.1/%e2%82%ac",
	} {
		f.Add("licenses.example.com:8444", seed)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
	f.Fuzz(func(t *testing.T, host, text string) {
		route, unescaped, err := tenancy.resolve(host, text)
		if err != nil {
			refusal := (*Refusal)(nil)
			if !errors.As(err, &refusal) || (refusal.Status != http.StatusNotFound && refusal.Status != http.StatusBadRequest) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		canonical := route.CanonicalPath
		if path.Clean(canonical) != canonical {
			t.Fatalf("%q: the canonical path %q is not clean", text, canonical)
		}
		again, _, err := tenancy.resolve("", canonical)
		if err != nil || again.CanonicalPath != canonical {
			t.Fatalf("%q: %q leads to %q, %v", text, canonical, again.CanonicalPath, err)
		}
		// The mux of the handlers must neither redirect nor see another path.
		request := httptest.NewRequest("GET", "/", nil)
		request.URL.Path, request.URL.RawPath = unescaped, canonical
		if _, pattern := mux.Handler(request); pattern != "/" || request.URL.EscapedPath() != canonical {
			t.Fatalf("%q: the mux sees %q as %q, want %q", text, request.URL.EscapedPath(), pattern, canonical)
		}
	})
}
