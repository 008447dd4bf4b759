package server

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	oteltrace "go.opentelemetry.io/otel/trace"
)

// findOperation looks the canonical path up in the document of the request's version. HEAD is no way to ask for a GET
// without its body here: a heartbeat must not be counted by accident.
func findOperation(contract *Contract) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			known := exchangeOf(r.Context())
			found, values := contract.roots[known.route.Version].find(unescaped(known.route.CanonicalPath), nil)
			if found == nil {
				WriteProblem(w, r, http.StatusNotFound, ReasonNotFound,
					fmt.Sprintf("nothing is at this path in %s: /openapi/%s.json lists what there is", known.route.Version, known.route.Version))
				return
			}
			operation, ok := found.operations[r.Method]
			if !ok {
				refuseMethod(w, r, found.methods())
				return
			}
			known.operation, known.path = operation, map[string]string{}
			for i, name := range operation.names {
				known.path[name] = values[i]
			}
			oteltrace.SpanFromContext(r.Context()).SetName(operation.id)
			next.ServeHTTP(w, r)
		})
	}
}

func unescaped(canonicalPath string) []string {
	segments := strings.Split(strings.TrimPrefix(canonicalPath, "/"), "/")
	for i, segment := range segments {
		// It was escaped here, so that it cannot fail.
		segments[i], _ = url.PathUnescape(segment)
	}
	return segments
}

func refuseMethod(w http.ResponseWriter, r *http.Request, allowed []string) {
	possible := strings.Join(allowed, ", ")
	w.Header().Set("Allow", possible)
	WriteProblem(w, r, http.StatusMethodNotAllowed, ReasonMethodNotAllowed,
		fmt.Sprintf("%s is not possible here: %s", clip(r.Method), possible))
}
