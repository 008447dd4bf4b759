package rest

import (
	"fmt"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/licensing-operator/licensing-operator/api/openapi"
	"github.com/licensing-operator/licensing-operator/api/openapi/page"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

// documents are the contracts, by version.
func documents() map[server.Version][]byte {
	return map[server.Version][]byte{server.V10: openapi.V10(), server.V11: openapi.V11(), server.V2: openapi.V2(), server.Usage: openapi.Usage()}
}

// description serves the contracts and the page made of them.
func description() (http.Handler, error) {
	loader := openapi3.NewLoader()
	var parsed []*openapi3.T
	for _, version := range []server.Version{server.V11, server.V2, server.Usage, server.V10} {
		document, err := loader.LoadFromData(documents()[version])
		if err != nil {
			return nil, fmt.Errorf("OpenAPI document of %s: %w", version, err)
		}
		parsed = append(parsed, document)
	}
	readable, err := page.Render(parsed...)
	if err != nil {
		return nil, fmt.Errorf("page of the API: %w", err)
	}
	return pages{
		"/openapi/v1.0.json":  fixed("application/json", openapi.V10()),
		"/openapi/v1.1.json":  fixed("application/json", openapi.V11()),
		"/openapi/v2.json":    fixed("application/json", openapi.V2()),
		"/openapi/usage.json": fixed("application/json", openapi.Usage()),
		"/docs":               fixed("text/html; charset=utf-8", readable),
		"/docs/":              fixed("text/html; charset=utf-8", readable),
	}, nil
}

// pages are handlers by path. Unlike those of http.ServeMux, no other path leads to them, and none is redirected.
type pages map[string]http.Handler

func (p pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if page, found := p[r.URL.Path]; found {
		page.ServeHTTP(w, r)
		return
	}
	server.WriteProblem(w, r, http.StatusNotFound, server.ReasonNotFound, "nothing is at this path: /openapi/v1.0.json, /openapi/v1.1.json, /openapi/v2.json, /openapi/usage.json and /docs are")
}

func fixed(contentType string, content []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		// The page needs its own styles and nothing else, from anywhere.
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
		_, _ = w.Write(content)
	})
}
