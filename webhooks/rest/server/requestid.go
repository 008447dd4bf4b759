package server

import (
	"net/http"
	"regexp"

	"github.com/google/uuid"
)

const requestIDHeader = "X-Request-Id"

// What may be written into a log as it is.
var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// identify gives a request the id that its caller chose, or else a new one.
func identify() Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id := r.Header.Get(requestIDHeader)
			if !requestID.MatchString(id) {
				id = uuid.NewString()
			}
			exchangeOf(r.Context()).requestID = id
			w.Header().Set(requestIDHeader, id)
			next.ServeHTTP(w, r)
		})
	}
}
