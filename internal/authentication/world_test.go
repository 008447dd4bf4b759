package authentication

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

const (
	acme   = "acme"
	first  = "5f0c2c9e-7f5d-4c0e-8a57-0c8f3a5d9b10"
	second = "9b1a3f60-2b53-4c0b-9a0e-1d0e7c1f2a34"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// reader is a cluster that holds AccessKeys, and counts who asks for them.
type reader struct {
	client.Reader

	mu    sync.Mutex
	keys  []v1alpha1.AccessKey
	asked int
	err   error
	// before is called before each answer.
	before func()
}

func (r *reader) List(_ context.Context, list client.ObjectList, options ...client.ListOption) error {
	if r.before != nil {
		r.before()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	if r.err != nil {
		return r.err
	}
	chosen := (&client.ListOptions{}).ApplyOptions(options)
	for _, key := range r.keys {
		if key.Namespace == chosen.Namespace {
			into := list.(*v1alpha1.AccessKeyList)
			into.Items = append(into.Items, key)
		}
	}
	return nil
}

// accessKey is an object that is as old as it is many seconds.
func accessKey(t testing.TB, uid, namespace string, access v1alpha1.AccessKind, id string, public crypto.PublicKey, age int) v1alpha1.AccessKey {
	t.Helper()
	return v1alpha1.AccessKey{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: uid, UID: types.UID(uid), Generation: 1,
			CreationTimestamp: metav1.NewTime(start.Add(-time.Duration(age) * time.Second)),
		},
		Spec: v1alpha1.AccessKeySpec{KeyID: id, Access: access, PublicKey: pemOf(t, public)},
	}
}

func pemOf(t testing.TB, public crypto.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// signers are private halves, made once: an RSA key takes long.
var signers = sync.OnceValue(func() (made struct {
	rsa, otherRSA *rsa.PrivateKey
	ec            *ecdsa.PrivateKey
	ed            ed25519.PrivateKey
}) {
	made.rsa, _ = rsa.GenerateKey(rand.Reader, 2048)
	made.otherRSA, _ = rsa.GenerateKey(rand.Reader, 2048)
	made.ec, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, made.ed, _ = ed25519.GenerateKey(rand.Reader)
	return made
})

type world struct {
	Authenticator

	clock        *clocktesting.FakeClock
	cached, live *reader
	keys         *AccessKeys
}

// newWorld has in the tenant acme the administration key "root" and the client keys "app", "ec" and "ed", and in the tenant
// other the client key "theirs".
func newWorld(t testing.TB) *world {
	t.Helper()
	private := signers()
	keys := []v1alpha1.AccessKey{
		accessKey(t, "1", acme, v1alpha1.AccessAdministration, "root", private.rsa.Public(), 0),
		accessKey(t, "2", acme, v1alpha1.AccessClient, "app", private.rsa.Public(), 0),
		accessKey(t, "3", acme, v1alpha1.AccessClient, "ec", private.ec.Public(), 0),
		accessKey(t, "4", acme, v1alpha1.AccessClient, "ed", private.ed.Public(), 0),
		accessKey(t, "5", "other", v1alpha1.AccessClient, "theirs", private.rsa.Public(), 0),
	}
	w := &world{clock: clocktesting.NewFakeClock(start), cached: &reader{keys: keys}, live: &reader{keys: keys}}
	w.keys = NewAccessKeys(w.cached, w.live, w.clock)
	w.Authenticator = Authenticator{Keys: w.keys, Clock: w.clock}
	return w
}

func (w *world) authenticate(token string) (Caller, error) {
	return w.Authenticate(context.Background(), acme, http.Header{"Authorization": {"Bearer " + token}})
}

// claim changes the claims of a token that is in order.
type claim func(jwt.MapClaims)

func setting(name string, value any) claim { return func(c jwt.MapClaims) { c[name] = value } }

func without(name string) claim { return func(c jwt.MapClaims) { delete(c, name) } }

func confirmed(kid, kty any) claim {
	return setting("cnf", map[string]any{"jwk": map[string]any{"kid": kid, "kty": kty}})
}

// sign makes a client token of key "app" for one hour, but for the changes.
func sign(t testing.TB, method jwt.SigningMethod, key any, changes ...claim) string {
	t.Helper()
	text, err := unsigned(method, changes...).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func unsigned(method jwt.SigningMethod, changes ...claim) *jwt.Token {
	claims := jwt.MapClaims{
		"iss": "https://acme.example", "aud": []string{first},
		"iat": start.Unix(), "nbf": start.Unix(), "exp": start.Add(time.Hour).Unix(),
	}
	confirmed("app", "CLIENT")(claims)
	for _, change := range changes {
		change(claims)
	}
	return jwt.NewWithClaims(method, claims)
}
