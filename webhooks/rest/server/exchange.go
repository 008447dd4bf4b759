package server

import (
	"context"
	"net/http"
	"time"

	"k8s.io/utils/clock"
)

// Version is a version of the API. V2, Usage and Dashboard are APIs of their own. Of the others, handlers know the newest
// only, and requests are rewritten to it.
type Version string

// The versions.
const (
	V10 Version = "v1.0"
	V11 Version = "v1.1"
	V2  Version = "v2"
	// Usage is the usage data API.
	Usage Version = "usage"
	// Dashboard is what the dashboard's page reads beside the other APIs.
	Dashboard Version = "dashboard"

	canonicalVersion = V11
)

// canonical is the version that the handlers know it as.
func (v Version) canonical() Version {
	switch v {
	case V2, Usage, Dashboard:
		return v
	case V10, V11:
	}
	return canonicalVersion
}

// Route is where a request leads.
type Route struct {
	// Tenant is the namespace.
	Tenant  string
	Version Version
	// CanonicalPath is the path that the document of the canonical version has, escaped.
	CanonicalPath string
}

// exchange is what the chain finds out about one request. The steps that answer a request know it best, those around
// them log and count it, so that it is shared and filled in.
type exchange struct {
	began     time.Time
	response  *recorder
	requestID string
	route     Route
	operation *operation
	path      map[string]string
	caller    string
	// held is the answer while it is held back, and signer signs it.
	held   *answer
	signer Signer
	// read reads the body, once.
	read func() ([]byte, error)
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	if known, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return known
	}
	return &exchange{}
}

// begin is the outermost step.
func begin(clock clock.PassiveClock) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			response := &recorder{ResponseWriter: w}
			known := &exchange{began: clock.Now(), response: response}
			next.ServeHTTP(response, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, known)))
		})
	}
}

// RouteOf is where the request with the context leads.
func RouteOf(ctx context.Context) Route { return exchangeOf(ctx).route }

// OperationOf is the operationId of the request with the context; empty before it is known.
func OperationOf(ctx context.Context) string { return exchangeOf(ctx).operationID() }

// PathParameterOf is a parameter of the path, unescaped; empty if the operation has none of that name.
func PathParameterOf(ctx context.Context, name string) string { return exchangeOf(ctx).path[name] }

// RequestIDOf is the id that the caller and the log know the request by.
func RequestIDOf(ctx context.Context) string { return exchangeOf(ctx).requestID }

// CheckedBody is the whole body, as it was sent: one JSON value, not yet held against the contract. It is nil for an
// operation without one. An error is a *Refusal. Authorization asks for it where it depends on the body.
func CheckedBody(ctx context.Context) ([]byte, error) {
	if read := exchangeOf(ctx).read; read != nil {
		return read()
	}
	return nil, nil
}

// BodyOf is CheckedBody for handlers, which are not called when there is an error.
func BodyOf(ctx context.Context) []byte {
	body, _ := CheckedBody(ctx)
	return body
}

// WithRequest is for handlers that are called without the chain.
func WithRequest(ctx context.Context, route Route, operationID string, body []byte) context.Context {
	return context.WithValue(ctx, exchangeKey{}, &exchange{
		route: route, operation: &operation{id: operationID}, read: func() ([]byte, error) { return body, nil },
	})
}

func (e *exchange) operationID() string {
	if e.operation == nil {
		return ""
	}
	return e.operation.id
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter

	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	// 1xx come before the answer.
	if r.status == 0 && status >= http.StatusOK {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(content []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	written, err := r.ResponseWriter.Write(content)
	r.bytes += int64(written)
	return written, err
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// answered is what net/http sends when a handler has written nothing.
func (r *recorder) answered() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}
