package server

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// vendorID is the vendor whose namespace is acme.
const vendorID = "0c7b1a52-6c0f-4f36-9d13-9d6c1a3fd0e5"

const vendorDocument = `{
  "openapi": "3.0.3", "info": {"title": "Test", "version": "2"},
  "paths": {"/api/v2/isv/{isv_id}/licenses": {"post": {"operationId": "createLicense", "responses": {"200": {"description": "."}},
    "parameters": [{"name": "isv_id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}}],
    "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["name"]}}}}}}}
}`

// rsaSigner signs as the operator does.
type rsaSigner struct{ *rsa.PrivateKey }

func (s rsaSigner) Sign(content []byte) (string, error) {
	digest := sha256.Sum256(content)
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.PrivateKey, crypto.SHA256, digest[:])
	return base64.StdEncoding.EncodeToString(signature), err
}

func (s rsaSigner) verify(content []byte, signature string) error {
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return err
	}
	digest := sha256.Sum256(content)
	return rsa.VerifyPKCS1v15(&s.PublicKey, crypto.SHA256, digest[:], raw)
}

// newVendorWorld has a chain whose answers in version 2 are signed.
func newVendorWorld(t *testing.T) (*world, rsaSigner) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	if w.options.Contract, err = NewContract(map[Version][]byte{V11: []byte(document), V2: []byte(vendorDocument)}); err != nil {
		t.Fatal(err)
	}
	w.options.Tenancy.Vendor = func(_ context.Context, id, _ string) (string, error) {
		if id == vendorID {
			return "acme", nil
		}
		return "", nil
	}
	w.inner = http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("Content-Type", "application/json")
		_, _ = answer.Write([]byte(`{"id":"1"` + "}\n"))
	})
	w.options.V2 = &Surface{
		Handler:      http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) { w.inner.ServeHTTP(answer, r) }),
		Authenticate: w.options.Authenticate, Authorize: w.options.Authorize,
	}
	signer := rsaSigner{key}
	w.options.Sign = func(_ context.Context, tenant string) (Signer, error) {
		if tenant != "acme" {
			t.Errorf("asked for the key of %q", tenant)
		}
		return signer, nil
	}
	return w, signer
}

func createLicense() call {
	return call{method: http.MethodPost, target: "/api/v2/isv/" + vendorID + "/licenses", body: `{"name": "x"}`}
}

func TestEveryAnswerToAVendorIsSigned(t *testing.T) {
	forbid := func(status int) func(*world, *call) {
		return func(w *world, _ *call) {
			w.options.V2.Authorize = func(*http.Request) (*http.Request, error) { return nil, &Refusal{Status: status} }
		}
	}
	answering := func(status int, body string) func(*world, *call) {
		return func(w *world, _ *call) {
			w.inner = http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
				answer.WriteHeader(status)
				_, _ = answer.Write([]byte(body))
			})
		}
	}
	for name, test := range map[string]struct {
		status  int
		arrange func(*world, *call)
	}{
		"an answer":                   {200, func(*world, *call) {}},
		"an empty answer":             {200, answering(200, "")},
		"an answer that nobody wrote": {200, func(w *world, _ *call) { w.inner = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}) }},
		"an answer in pieces":         {201, answering(201, strings.Repeat("0123456789", 100_000))},
		"a conflict":                  {409, answering(409, `{"id":1009}`)},
		"a body that is not possible": {400, func(_ *world, c *call) { c.body = `{}` }},
		"a body that is no JSON":      {400, func(_ *world, c *call) { c.body = `{` }},
		"another content type":        {415, func(_ *world, c *call) { c.header = map[string]string{"Content-Type": "text/plain"} }},
		"a body that is too large":    {413, func(_ *world, c *call) { c.body = `{"name":"` + strings.Repeat("x", 5000) + `"}` }},
		"a caller that is not known":  {401, func(_ *world, c *call) { c.header = map[string]string{"Authorization": ""} }},
		"a caller that may not":       {403, forbid(403)},
		"what cannot be found out": {503, func(w *world, _ *call) {
			w.options.V2.Authorize = func(*http.Request) (*http.Request, error) { return nil, errors.New("down") }
		}},
		"a path where nothing is":                            {404, func(_ *world, c *call) { c.target += "/nothing/at/all" }},
		"a path with nothing in an id":                       {404, func(_ *world, c *call) { c.target += "//users" }},
		"a path with two dots":                               {400, func(_ *world, c *call) { c.target += "/x/%2e%2e/users" }},
		"a path with a control character, after a namespace": {400, func(_ *world, c *call) { c.target = "/namespaces/acme" + c.target + "/x%00" }},
		"a method that is not possible":                      {405, func(_ *world, c *call) { c.method = http.MethodPut }},
		"a nonce that is not base64":                         {400, func(_ *world, c *call) { c.header = map[string]string{"X-Nonce": "%%%"} }},
		"a nonce that is too long":                           {400, func(_ *world, c *call) { c.header = map[string]string{"X-Nonce": strings.Repeat("AAAA", 257)} }},
		"a server that takes no more":                        {503, func(w *world, _ *call) { w.options.MaxInFlight = 0 }},
		"a caller that calls too often":                      {429, func(w *world, _ *call) { w.options.CallerLimit = Limit{RequestsPerSecond: 1, Burst: 0} }},
		"a handler that panics": {500, func(w *world, _ *call) {
			w.inner = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("oh") })
		}},
		"a handler that panics half done": {500, func(w *world, _ *call) {
			w.inner = http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
				_, _ = answer.Write([]byte(`{"half":`))
				panic("oh")
			})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w, signer := newVendorWorld(t)
			c := createLicense()
			test.arrange(w, &c)
			answer := w.do(c)
			if answer.Code != test.status {
				t.Errorf("status %d, want %d: %.200s", answer.Code, test.status, answer.Body)
			}
			if err := signer.verify(answer.Body.Bytes(), answer.Header().Get("x-slascone-signature")); err != nil {
				t.Errorf("the signature %q of %.200q: %v", answer.Header().Get("x-slascone-signature"), answer.Body, err)
			}
			if got := answer.Header().Get("X-Nonce-Signature"); got != "" {
				t.Errorf("a nonce that nobody sent is signed: %s", got)
			}
		})
	}
}

func TestTheBytesOfANonceAreSigned(t *testing.T) {
	for name, nonce := range map[string][]byte{"16 bytes": []byte("\x00\xff0123456789abcd"), "as many as there may be": []byte(strings.Repeat("n", 768))} {
		t.Run(name, func(t *testing.T) {
			w, signer := newVendorWorld(t)
			for _, c := range []call{createLicense(), {method: http.MethodGet, target: "/api/v2/isv/" + vendorID + "/nothing"}} {
				c.header = map[string]string{"X-Nonce": base64.StdEncoding.EncodeToString(nonce)}
				answer := w.do(c)
				if err := signer.verify(nonce, answer.Header().Get("X-Nonce-Signature")); err != nil {
					t.Errorf("%d: %v", answer.Code, err)
				}
			}
		})
	}
}

func TestWhatNobodySignsFor(t *testing.T) {
	for name, c := range map[string]call{
		"a vendor that is not known": {method: http.MethodPost, target: "/api/v2/isv/00000000-0000-4000-8000-000000000000/licenses"},
		"a vendor that is no UUID":   {method: http.MethodPost, target: "/api/v2/isv/acme/licenses"},
		"another version":            {method: http.MethodGet, target: "/provisioning/api/v1.1/instances", header: map[string]string{"X-Nonce": "%%%"}},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := newVendorWorld(t)
			answer := w.do(c)
			if got := answer.Header().Values("x-slascone-signature"); len(got) > 0 {
				t.Errorf("%d is signed: %s", answer.Code, got)
			}
		})
	}
}

// unable is a signer that fails.
type unable struct{}

func (unable) Sign([]byte) (string, error) { return "", errors.New("no entropy") }

func TestWithoutAKeyNothingIsDone(t *testing.T) {
	w, _ := newVendorWorld(t)
	served := false
	w.inner = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served = true })
	w.options.Sign = func(context.Context, string) (Signer, error) { return nil, errors.New("there is no signing key key-2") }
	answer := w.do(createLicense())
	wantUnsigned(t, w, answer, "there is no signing key key-2")
	if served {
		t.Error("the call was made")
	}
}

func TestAnAnswerThatCannotBeSignedIsNotGiven(t *testing.T) {
	w, _ := newVendorWorld(t)
	w.options.Sign = func(context.Context, string) (Signer, error) { return unable{}, nil }
	wantUnsigned(t, w, w.do(createLicense()), "no entropy")
}

func wantUnsigned(t *testing.T, w *world, answer *httptest.ResponseRecorder, logged string) {
	t.Helper()
	wantProblem(t, answer, http.StatusServiceUnavailable,
		`{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"answers cannot be signed now: this one is not","instance":null}`)
	if got := answer.Header().Get("x-slascone-signature"); got != "" {
		t.Errorf("it is signed: %s", got)
	}
	if answer.Header().Get("Retry-After") != "1" || !strings.Contains(w.log.all(), logged) {
		t.Errorf("Retry-After %q, log:\n%s", answer.Header().Get("Retry-After"), w.log.all())
	}
}

// A real connection, where net/http has a say in how a body is sent.
func TestTheBytesOnTheWireAreTheOnesThatAreSigned(t *testing.T) {
	w, signer := newVendorWorld(t)
	served := httptest.NewServer(Handler(w.options, w.inner))
	defer served.Close()
	for _, encoding := range []string{"", "gzip", "utf-8"} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, served.URL+"/api/v2/isv/"+vendorID+"/licenses", strings.NewReader(`{"name": "x"}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer good")
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Accept-Encoding", encoding)
		answer, err := served.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		cancel()
		if err := signer.verify(content, answer.Header.Get("x-slascone-signature")); err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("Accept-Encoding %q: %d %q: %v", encoding, answer.StatusCode, content, err)
		}
	}
}
