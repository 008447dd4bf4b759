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
	return map[server.Version][]byte{server.V10: openapi.V10(), server.V11: openapi.V11()}
}

// description serves the contracts and the page made of them.
func description() (http.Handler, error) {
	loader := openapi3.NewLoader()
	var parsed []*openapi3.T
	for _, version := range []server.Version{server.V11, server.V10} {
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
	mux := http.NewServeMux()
	mux.Handle("/openapi/v1.0.json", fixed("application/json", openapi.V10()))
	mux.Handle("/openapi/v1.1.json", fixed("application/json", openapi.V11()))
	mux.Handle("/docs", fixed("text/html; charset=utf-8", readable))
	mux.Handle("/docs/", http.RedirectHandler("/docs", http.StatusMovedPermanently))
	return mux, nil
}

func fixed(contentType string, content []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(content)
	})
}
