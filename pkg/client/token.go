package client

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Token is what a bearer token says: who made it, which key verifies it, and what it is good for.
type Token struct {
	// Issuer is a URI of the producer. The server does not compare it with anything.
	Issuer string
	// KeyID is the id under which the public key was saved.
	KeyID string
	// Administration tells an administration token, which may do everything, from a client token.
	Administration bool
	// InstanceIDs are the instances that a client token is good for.
	InstanceIDs []string
	// Lifetime is how long the token is valid: an hour, if it is zero.
	Lifetime time.Duration
}

const defaultLifetime = time.Hour

// Sign makes the token. It takes RSA keys of at least 2048 bits (RS256), P-256 (ES256) and Ed25519 (EdDSA).
func (t Token) Sign(key crypto.Signer, now time.Time) (string, error) {
	if err := t.validate(); err != nil {
		return "", err
	}
	method, err := signingMethod(key)
	if err != nil {
		return "", err
	}
	lifetime := t.Lifetime
	if lifetime == 0 {
		lifetime = defaultLifetime
	}
	claims := jwt.MapClaims{
		"iss": t.Issuer,
		"iat": jwt.NewNumericDate(now),
		"nbf": jwt.NewNumericDate(now),
		"exp": jwt.NewNumericDate(now.Add(lifetime)),
		"cnf": map[string]any{"jwk": map[string]string{"kid": t.KeyID, "kty": t.kind()}},
	}
	if !t.Administration {
		claims["aud"] = t.InstanceIDs
	}
	return jwt.NewWithClaims(method, claims).SignedString(key)
}

func (t Token) kind() string {
	if t.Administration {
		return "ADMIN"
	}
	return "CLIENT"
}

func (t Token) validate() error {
	switch {
	case t.KeyID == "":
		return errors.New("the token needs a KeyID: the id under which the public key was saved")
	case t.Lifetime < 0:
		return fmt.Errorf("the token's Lifetime is %s, must be more than 0", t.Lifetime)
	case t.Administration && len(t.InstanceIDs) > 0:
		return errors.New("an administration token is good for all instances: leave InstanceIDs out")
	case !t.Administration && len(t.InstanceIDs) == 0:
		return errors.New("a client token needs InstanceIDs: the instances that it is good for")
	default:
		return nil
	}
}

func signingMethod(key crypto.Signer) (jwt.SigningMethod, error) {
	const minimum = 2048
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if bits := key.N.BitLen(); bits < minimum {
			return nil, fmt.Errorf("the RSA key has %d bits, must have at least %d", bits, minimum)
		}
		return jwt.SigningMethodRS256, nil
	case *ecdsa.PrivateKey:
		if key.Curve != elliptic.P256() {
			return nil, fmt.Errorf("the key is of the curve %s, must be of P-256", key.Curve.Params().Name)
		}
		return jwt.SigningMethodES256, nil
	case ed25519.PrivateKey:
		return jwt.SigningMethodEdDSA, nil
	default:
		return nil, fmt.Errorf("cannot sign with a %T: want an RSA, P-256 or Ed25519 private key", key)
	}
}
