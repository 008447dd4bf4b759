package rest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/idempotency"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

const idempotencyHeader = "Idempotency-Key"

// recorded are the operations whose answers are remembered as records. The others that change something move tokens,
// and are remembered in the account, or create an object that is its own record.
var recorded = map[string]bool{
	"createRateTable": true, "deleteRateTable": true,
	"putLineItem": true, "deleteLineItem": true,
	"changeConfiguration":    true,
	"saveAdministrationKeys": true, "deleteAdministrationKey": true, "saveClientKeys": true, "deleteClientKey": true,
	"createConditions": true, "updateConditions": true, "deleteConditions": true, "deleteCondition": true,
	"createActions": true, "replaceActions": true, "deleteActions": true,
}

// rememberedHeaders belong to an answer that is given again.
var rememberedHeaders = []string{"Content-Type", "Location"}

// idempotent answers a repeat of a recorded operation as it was answered first.
func (a *API) idempotent(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get(idempotencyHeader)
		if key == "" || !recorded[server.OperationOf(r.Context())] {
			next.ServeHTTP(w, r)
			return
		}
		claim, answer, err := a.Records.Begin(r.Context(), callScope(r), key, requestDigest(r))
		switch {
		case errors.Is(err, idempotency.ErrKeyReused):
			a.fail(w, r, &tenant.Error{Reason: tenant.IdempotencyKeyReused, Problems: []string{keyReused(key)}})
		case err != nil:
			a.Log.Error(err, "An idempotency key cannot be claimed")
			a.fail(w, r, &tenant.Error{
				Reason: tenant.Unavailable, RetryAfter: time.Second, Problems: []string{"the Idempotency-Key cannot be looked up now, try again"},
			})
		case answer != nil:
			replay(w, answer)
		default:
			a.remember(w, r, next, claim)
		}
	})
}

// remember makes the call and records its answer before the caller gets it. One that says try again is not recorded, so
// that the caller can.
func (a *API) remember(w http.ResponseWriter, r *http.Request, next http.Handler, claim *idempotency.Claim) {
	answered := &buffer{header: http.Header{}, status: http.StatusOK}
	// The record is settled also when the caller has gone meanwhile: the call has had its effect.
	settle, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), settleTimeout)
	defer cancel()
	finished := false
	defer func() {
		if !finished {
			a.settled(claim.Abandon(settle))
		}
	}()
	next.ServeHTTP(answered, r)
	if answered.status < http.StatusInternalServerError && answered.status != http.StatusTooManyRequests {
		answer := idempotency.Answer{Status: answered.status, Header: map[string]string{}, Body: answered.body.Bytes()}
		for _, name := range rememberedHeaders {
			if value := answered.header.Get(name); value != "" {
				answer.Header[name] = value
			}
		}
		finished = true
		a.settled(claim.Finish(settle, answer))
	}
	answered.copyTo(w)
}

const settleTimeout = 10 * time.Second

func (a *API) settled(err error) {
	if err != nil {
		a.Log.Error(err, "The answer to a call with an idempotency key is not recorded: a repeat is made again")
	}
}

func replay(w http.ResponseWriter, answer *idempotency.Answer) {
	for name, value := range answer.Header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(answer.Status)
	_, _ = w.Write(answer.Body)
}

// keyOf is the caller's idempotency key for a call that is remembered in the account or by its object. An account holds
// the keys of all its callers: the scope keeps them apart.
func keyOf(r *http.Request) ledger.Idempotency {
	key := r.Header.Get(idempotencyHeader)
	if key == "" {
		return ledger.Idempotency{}
	}
	return ledger.Idempotency{Key: hashOf(callScope(r), key), Digest: requestDigest(r)}
}

// callScope is where an idempotency key is known.
func callScope(r *http.Request) string {
	caller, _ := authentication.CallerFrom(r.Context())
	return hashOf(server.RouteOf(r.Context()).Tenant, caller.Scope())
}

// requestDigest identifies a call.
func requestDigest(r *http.Request) string {
	route := server.RouteOf(r.Context())
	return hashOf(r.Method, string(route.Version), route.CanonicalPath, r.URL.Query().Encode(), string(server.BodyOf(r.Context())))
}

// hashOf tells every list of texts from every other.
func hashOf(texts ...string) string {
	sum := sha256.New()
	for _, text := range texts {
		_, _ = io.WriteString(sum, strconv.Itoa(len(text))+":"+text)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func keyReused(key string) string {
	return "Idempotency-Key " + strconv.Quote(key) + " was used for a different request: use a new key for each request"
}

// buffer holds an answer back.
type buffer struct {
	header http.Header
	status int
	wrote  bool
	body   bytes.Buffer
}

func (b *buffer) Header() http.Header { return b.header }

func (b *buffer) WriteHeader(status int) {
	if !b.wrote {
		b.status, b.wrote = status, true
	}
}

func (b *buffer) Write(data []byte) (int, error) {
	b.wrote = true
	return b.body.Write(data)
}

func (b *buffer) copyTo(w http.ResponseWriter) {
	for name, values := range b.header {
		w.Header()[name] = values
	}
	w.WriteHeader(b.status)
	_, _ = w.Write(b.body.Bytes())
}
