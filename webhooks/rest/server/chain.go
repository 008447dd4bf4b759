// Package server is the HTTP surface around the REST handlers: it routes, authenticates, limits and validates requests,
// so that a handler sees only those that are well-formed and allowed.
package server

import (
	"net/http"
	"slices"

	"github.com/go-logr/logr"
	oteltrace "go.opentelemetry.io/otel/trace"
	"k8s.io/utils/clock"
)

// Middleware is a step of the chain.
type Middleware func(next http.Handler) http.Handler

// Options say how requests are taken. All are required unless said otherwise.
type Options struct {
	Contract *Contract
	Tenancy  Tenancy

	// Authenticate tells who calls: it gives the request with what later steps need in its context, and the caller's name
	// for limits and logs. It refuses with a *Refusal. Route and operation are known by then.
	Authenticate Authenticate
	// Authorize tells whether the caller may do this, and gives the request with what the handlers need in its context. It
	// refuses with a *Refusal. The body is not read yet, except by CheckedBody.
	Authorize Authorize
	// V2 is what version 2 has of its own. Without it there is no version 2.
	V2 *Surface
	// Usage is what the usage data API has of its own. Without it there is none.
	Usage *Surface
	// Dashboard is what the dashboard's page has of its own. Without it there is no dashboard.
	Dashboard *Surface
	// Sign gives what signs the answers of V2. Without it they are not signed.
	Sign SignerOf
	// Public serves /openapi/ and /docs, to everybody. Without it they are not found.
	Public http.Handler

	// MaxInFlight is how many requests are worked on at once.
	MaxInFlight int
	// CallerLimit bounds each caller, FailureLimit the failed authentications from each address.
	CallerLimit, FailureLimit Limit
	MaxBodyBytes              int64

	Clock    clock.PassiveClock
	Log      logr.Logger
	Observer Observer
	// Tracer is optional.
	Tracer oteltrace.TracerProvider
}

// Authenticate and Authorize are the questions of the chain; see Options.
type (
	Authenticate = func(*http.Request) (authenticated *http.Request, caller string, err error)
	Authorize    = func(*http.Request) (authorized *http.Request, err error)
)

// Surface is a version that shares the chain and nothing else.
type Surface struct {
	Handler http.Handler
	// Authenticate is that of version 1 if it is left out.
	Authenticate Authenticate
	Authorize    Authorize
	// Document is its contract, where package openapi has none.
	Document []byte
}

// Handler puts the chain around the handlers, which know the canonical paths.
func Handler(options Options, inner http.Handler) http.Handler {
	options.Contract.tell(options.Observer)
	return chain(options.byVersion(inner),
		begin(options.Clock),
		observe(options.Clock, options.Observer),
		identify(),
		logAccess(options.Clock, options.Log),
		trace(options.Tracer),
		secureHeaders(),
		sign(options),
		recoverPanics(options.Log, options.Observer),
		// From here on requests are refused: the first that applies is the answer. The path comes first, because the tenant
		// decides how an answer is signed.
		normalizePath(options),
		prepareSignature(options),
		limitInFlight(options.MaxInFlight, options.Observer),
		servePublic(options.Public),
		findOperation(options.Contract),
		offerBody(options.MaxBodyBytes),
		authenticate(options),
		limitInFlightOfCallers(options.MaxInFlight, options.Observer),
		authorize(options),
		limitCallers(options.CallerLimit, options.Clock, options.Observer),
		requireBody(),
		validate(),
	)
}

// chain gives the handler with the first step outermost.
func chain(inner http.Handler, steps ...Middleware) http.Handler {
	for _, step := range slices.Backward(steps) {
		inner = step(inner)
	}
	return inner
}
