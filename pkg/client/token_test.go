package client_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/pkg/client"
)

const instanceID = "5f0c2c9e-7f5d-4c0e-8a57-0c8f3a5d9b10"

var now = time.Date(2026, 11, 21, 14, 44, 12, 0, time.UTC)

func TestSign(t *testing.T) {
	rsaKey := must(rsa.GenerateKey(rand.Reader, 2048))
	ecdsaKey := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	administration := client.Token{Issuer: "https://producer.example", KeyID: "example-admin", Administration: true}
	forInstance := client.Token{
		Issuer: "https://producer.example", KeyID: "example-client", InstanceIDs: []string{instanceID}, Lifetime: 5 * time.Minute,
	}
	wantAdministration := jwt.MapClaims{
		"iss": "https://producer.example", "iat": seconds(now), "nbf": seconds(now), "exp": seconds(now.Add(time.Hour)),
		"cnf": map[string]any{"jwk": map[string]any{"kid": "example-admin", "kty": "ADMIN"}},
	}
	for _, test := range []struct {
		name      string
		token     client.Token
		key       crypto.Signer
		algorithm string
		claims    jwt.MapClaims
	}{
		{"an RSA key makes RS256", administration, rsaKey, "RS256", wantAdministration},
		{"a P-256 key makes ES256", administration, ecdsaKey, "ES256", wantAdministration},
		{"an Ed25519 key makes EdDSA", administration, edKey, "EdDSA", wantAdministration},
		{"a client token names its instances and its lifetime", forInstance, edKey, "EdDSA", jwt.MapClaims{
			"iss": "https://producer.example", "iat": seconds(now), "nbf": seconds(now), "exp": seconds(now.Add(5 * time.Minute)),
			"aud": []any{instanceID},
			"cnf": map[string]any{"jwk": map[string]any{"kid": "example-client", "kty": "CLIENT"}},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, err := test.token.Sign(test.key, now)
			if err != nil {
				t.Fatal(err)
			}
			claims := jwt.MapClaims{}
			_, err = jwt.ParseWithClaims(text, claims, func(*jwt.Token) (any, error) { return test.key.Public(), nil },
				jwt.WithValidMethods([]string{test.algorithm}), jwt.WithTimeFunc(func() time.Time { return now }))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.claims, claims); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSignRefuses(t *testing.T) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	administration := client.Token{KeyID: "example-admin", Administration: true}
	for _, test := range []struct {
		name  string
		token client.Token
		key   crypto.Signer
		want  string
	}{
		{"a token without key id", client.Token{Administration: true}, key, "needs a KeyID"},
		{"a client token without instances", client.Token{KeyID: "k"}, key, "needs InstanceIDs"},
		{
			"an administration token for one instance",
			client.Token{KeyID: "k", Administration: true, InstanceIDs: []string{instanceID}}, key, "leave InstanceIDs out",
		},
		{
			"a token that has expired when it is made",
			client.Token{KeyID: "k", Administration: true, Lifetime: -time.Second}, key, "Lifetime is -1s",
		},
		{"a curve that the server does not take", administration, must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)), "P-384"},
		{"no key", administration, nil, "cannot sign with a <nil>"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.token.Sign(test.key, now)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func seconds(at time.Time) float64 { return float64(at.Unix()) }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
