package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"
)

// The headers of signatures (user-provisioning.md 2.2).
const (
	signatureHeader      = "X-Slascone-Signature"
	nonceHeader          = "X-Nonce"
	nonceSignatureHeader = "X-Nonce-Signature"

	longestNonce = 1024
)

// Signer signs the answers to the callers of a tenant.
type Signer interface {
	// Sign gives the signature of exactly these bytes, as it stands in a header.
	Sign(content []byte) (string, error)
}

// sign holds the answers of V2 back until they are whole, and signs them: also errors, because clients verify before they
// look at the status. It stands around whatever answers.
func sign(options Options) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if options.Sign == nil || !isVendorPath(r.URL.EscapedPath()) {
				next.ServeHTTP(w, r)
				return
			}
			known := exchangeOf(r.Context())
			held := &answer{header: w.Header()}
			known.held = held
			next.ServeHTTP(held, r)
			if known.signer == nil {
				held.send(w)
				return
			}
			if err := held.sign(known.signer, r.Header); err != nil {
				options.Log.Error(err, "An answer could not be signed, and was not given", "id", known.requestID, "operation", known.operationID())
				held.discard()
				refuseUnsigned(held, r)
			}
			held.send(w)
		})
	}
}

// prepareSignature finds the tenant's key before anything is done: whoever cannot be answered must not be served. The only
// answers without a signature are those that say so.
func prepareSignature(options Options) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !options.findSigner(w, r) {
				return
			}
			if exchangeOf(r.Context()).signer != nil {
				if _, err := nonceOf(r.Header); err != nil {
					refuseWith(w, r, err)
					return
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}

// findSigner tells whether the request can be answered: it has answered itself where the answer cannot be signed.
func (o Options) findSigner(w http.ResponseWriter, r *http.Request) bool {
	known := exchangeOf(r.Context())
	if o.Sign == nil || known.route.Version != V2 || known.route.Tenant == "" {
		return true
	}
	signer, err := o.Sign(r.Context(), known.route.Tenant)
	if err != nil {
		o.Log.Error(err, "Answers cannot be signed", "id", known.requestID, "tenant", known.route.Tenant)
		refuseUnsigned(w, r)
		return false
	}
	known.signer = signer
	return true
}

func refuseUnsigned(w http.ResponseWriter, r *http.Request) {
	refuse(w, r, &Refusal{
		Status: http.StatusServiceUnavailable, Reason: ReasonUnavailable, RetryAfter: time.Second,
		Problems: []string{"answers cannot be signed now: this one is not"},
	})
}

// nonceOf are the random bytes that the caller wants to see signed; nil if there are none.
func nonceOf(header http.Header) ([]byte, error) {
	values := header.Values(nonceHeader)
	if len(values) > 1 {
		return nil, invalid("there are %d headers %s: only one is possible", len(values), nonceHeader)
	}
	if len(values) == 0 || values[0] == "" {
		return nil, nil
	}
	if len(values[0]) > longestNonce {
		return nil, invalid("the header %s has %d characters: at most %d are possible", nonceHeader, len(values[0]), longestNonce)
	}
	nonce, err := base64.StdEncoding.DecodeString(values[0])
	if err != nil {
		return nil, invalid("the header %s is not base64", nonceHeader)
	}
	return nonce, nil
}

// answer is held back.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter. 1xx come before the answer, and nobody waits for them.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status = status
	}
}

// Write implements http.ResponseWriter.
func (a *answer) Write(content []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(content)
}

// discard forgets what was written.
func (a *answer) discard() {
	a.status = 0
	a.body.Reset()
}

func (a *answer) sign(signer Signer, request http.Header) error {
	signature, err := signer.Sign(a.body.Bytes())
	if err != nil {
		return err
	}
	// One that is no nonce was refused, and this is the refusal.
	if nonce, err := nonceOf(request); err == nil && nonce != nil {
		signed, err := signer.Sign(nonce)
		if err != nil {
			return err
		}
		a.header.Set(nonceSignatureHeader, signed)
	}
	a.header.Set(signatureHeader, signature)
	// A proxy that compressed the body would break the signature.
	a.header.Set("Cache-Control", "no-store, no-transform")
	return nil
}

func (a *answer) send(w http.ResponseWriter) {
	if a.body.Len() > 0 {
		a.header.Set("Content-Length", strconv.Itoa(a.body.Len()))
	}
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	// A client that has gone away is told nothing.
	_, _ = w.Write(a.body.Bytes())
}

// SignerOf gives what signs the answers to the callers of a tenant. Nothing is done for a call while it gives an error.
type SignerOf func(ctx context.Context, tenant string) (Signer, error)
