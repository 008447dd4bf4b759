package server

import (
	"net/http"
	"strings"
)

// servePublic serves what needs neither a tenant nor a caller.
func servePublic(public http.Handler) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if public == nil || !isPublic(r.URL.Path) {
				next.ServeHTTP(w, r)
				return
			}
			if r.Method != http.MethodGet && r.Method != http.MethodHead {
				refuseMethod(w, r, []string{http.MethodGet, http.MethodHead})
				return
			}
			public.ServeHTTP(w, r)
		})
	}
}

func isPublic(path string) bool {
	return strings.HasPrefix(path, "/openapi/") || path == "/docs" || strings.HasPrefix(path, "/docs/")
}
