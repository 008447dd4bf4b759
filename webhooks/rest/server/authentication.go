package server

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/go-logr/logr"
)

// authenticate finds out who calls. An address from which it has failed too often has to wait, so that tokens cannot be
// tried out fast; only credentials that were good a moment ago still pass, because a proxy or a NAT may have put an
// honest caller behind the same address.
func authenticate(options Options) Middleware {
	failures := newLimiter(options.FailureLimit, options.Clock)
	proven := newRecent(options.Clock)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			known := exchangeOf(r.Context())
			address := hostName(r.RemoteAddr)
			credentials := credentialsOf(known.route.Tenant, r.Header)
			if wait := failures.wait(address); wait > 0 && !proven.has(credentials) {
				options.Observer.Rejected(rejectedFailures)
				refuse(w, r, &Refusal{
					Status: http.StatusTooManyRequests, Reason: ReasonTooManyRequests, RetryAfter: wait,
					Problems: []string{"authentication has failed too often from this address"},
				})
				return
			}
			authenticated, caller, err := options.authenticateFor(known.route.Version)(r)
			if err != nil {
				if statusOf(err) == http.StatusUnauthorized {
					failures.take(address)
				}
				refuseOrFail(w, r, err, options.Log)
				return
			}
			proven.add(credentials)
			known.caller = caller
			next.ServeHTTP(w, authenticated)
		})
	}
}

// credentialHeaders are all that a caller may be known by. Without one of them here, a caller that is known by it would
// speak for everybody who sends it.
var credentialHeaders = []string{"Authorization", "Bearer", "AdminKey", "ProvisioningKey"}

func credentialsOf(tenant string, header http.Header) [sha256.Size]byte {
	parts := []string{tenant}
	for _, name := range credentialHeaders {
		parts = append(parts, header.Get(name))
	}
	return sha256.Sum256([]byte(strings.Join(parts, "\x00")))
}

func authorize(options Options) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			authorized, err := options.authorizeFor(RouteOf(r.Context()).Version)(r)
			if err != nil {
				refuseOrFail(w, r, err, options.Log)
				return
			}
			next.ServeHTTP(w, authorized)
		})
	}
}

func statusOf(err error) int {
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		return refusal.Status
	}
	return http.StatusServiceUnavailable
}

// refuseOrFail answers 503 for an error that is no refusal: whoever could not be asked may answer later, and nothing was
// done.
func refuseOrFail(w http.ResponseWriter, r *http.Request, err error, log logr.Logger) {
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		refuse(w, r, refusal)
		return
	}
	log.Error(err, "A caller could not be authenticated or authorized", "id", RequestIDOf(r.Context()), "operation", OperationOf(r.Context()))
	refuse(w, r, &Refusal{
		Status: http.StatusServiceUnavailable, Reason: ReasonUnavailable, RetryAfter: time.Second,
		Problems: []string{"it cannot be found out now whether this is allowed"},
	})
}
