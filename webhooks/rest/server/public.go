package server

import (
	"net/http"
	"strings"
)

// servePublic serves what needs neither a tenant nor a caller.
func servePublic(public http.Handler) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			path := publicPath(r)
			if public == nil || !isPublic(path) {
				next.ServeHTTP(w, r)
				return
			}
			if r.Method != http.MethodGet && r.Method != http.MethodHead {
				refuseMethod(w, r, []string{http.MethodGet, http.MethodHead})
				return
			}
			request := r.Clone(r.Context())
			request.URL.Path, request.URL.RawPath = path, ""
			public.ServeHTTP(w, request)
		})
	}
}

func publicPath(r *http.Request) string { return strings.TrimPrefix(r.URL.Path, "/"+productPrefix) }

func isPublic(path string) bool {
	return strings.HasPrefix(path, "/openapi/") || path == "/docs" || strings.HasPrefix(path, "/docs/")
}
