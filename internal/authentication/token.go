package authentication

import (
	"errors"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"github.com/licensing-operator/licensing-operator/internal/authentication/publickey"
)

// maxToken is how long a token may be. One for 180 instances fits.
const maxToken = 8 << 10

// token is a JSON Web Token as it came. Nothing that it says is true until its signature is verified.
type token struct {
	claims    claims
	method    jwt.SigningMethod
	signed    string
	signature []byte
}

func parseToken(text string) (*token, error) {
	if len(text) > maxToken {
		return nil, refuse("the token has %d characters: at most %d are possible", len(text), maxToken)
	}
	t := &token{}
	parsed, parts, err := jwt.NewParser(jwt.WithStrictDecoding()).ParseUnverified(text, &t.claims)
	switch {
	case errors.Is(err, errNoTime):
		return nil, refuse("the token's claims exp, nbf and iat must be numbers, in seconds since 1970")
	case errors.Is(err, jwt.ErrTokenUnverifiable):
		return nil, &Refusal{Message: "the token's alg is missing or unknown", cause: err}
	case err != nil:
		return nil, &Refusal{Message: "the bearer token is not a JSON Web Token", cause: err}
	}
	// RFC 7515, 4.1.11: extensions that are not understood must not be passed over, and none is understood here.
	if _, critical := parsed.Header["crit"]; critical {
		return nil, refuse("the token's header has crit: no extension is possible")
	}
	t.method, t.signature = parsed.Method, parsed.Signature
	t.signed = strings.Join(parts[:2], ".")
	return t, nil
}

// verify refuses a token that the key has not signed. Without a key that is every token.
func (t *token) verify(ref KeyRef, key *publickey.Key) error {
	if key == nil {
		return refuse("there is no %s with id %s", ref.kind(), quote(ref.ID))
	}
	// The key decides which algorithms there are. A token that could would choose "none", or take the public key for the
	// secret of an HMAC.
	if possible := key.Algorithm.Signatures(); !slices.Contains(possible, t.method.Alg()) {
		return refuse("the token's alg is %s: with %s %s it must be %s", t.method.Alg(), ref.kind(), ref.ID, strings.Join(possible, " or "))
	}
	if err := t.method.Verify(t.signed, t.signature, key.Public); err != nil {
		return &Refusal{Message: "the token's signature does not match " + ref.kind() + " " + ref.ID, cause: err}
	}
	return nil
}
