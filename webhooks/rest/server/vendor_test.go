package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"
)

func FuzzVendorPath(f *testing.F) {
	for _, seed := range []string{
		"/licenses", "/licenses/x/users/a@x/b%20c", "/licenses/x/users/a%2F..", "/licenses/x/users/a/../b", "//", "/%zz", "/licenses/x/users/%e2%82%ac/",
	} {
		f.Add(v2 + seed)
		f.Add("/namespaces/acme" + v2 + seed)
	}
	tenancy := Tenancy{Vendor: func(context.Context, string, string) (string, error) { return "acme", nil }}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
	f.Fuzz(func(t *testing.T, text string) {
		route, unescaped, err := tenancy.resolveVendor(t.Context(), "", text)
		if route.Version != V2 {
			t.Fatalf("%q: got version %q", text, route.Version)
		}
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
		again, _, err := tenancy.resolveVendor(t.Context(), "", canonical)
		if err != nil || again != route {
			t.Fatalf("%q: %q leads to %q, %v", text, canonical, again.CanonicalPath, err)
		}
		if strings.HasPrefix(unescaped, "/api/v2/") && !isVendorPath(canonical) {
			t.Fatalf("%q: %q is not for version 2", text, canonical)
		}
		// The mux of the handlers must neither redirect nor see another path.
		request := httptest.NewRequest("GET", "/", nil)
		request.URL.Path, request.URL.RawPath = unescaped, canonical
		if _, pattern := mux.Handler(request); pattern != "/" || request.URL.EscapedPath() != canonical {
			t.Fatalf("%q: the mux sees %q as %q, want %q", text, request.URL.EscapedPath(), pattern, canonical)
		}
	})
}
