package authentication

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

const (
	// leeway is how far the clock that made a token may be off.
	leeway = 60 * time.Second
	// latest is the first second of the year 2200. Milliseconds of today are far beyond.
	latest seconds = 7258118400
)

// claims are what the token says of itself.
type claims struct {
	// The parser wants these methods; all claims are read below.
	jwt.RegisteredClaims `json:"-"`

	Expires      *seconds      `json:"exp"`
	NotBefore    *seconds      `json:"nbf"`
	IssuedAt     *seconds      `json:"iat"`
	Audience     audience      `json:"aud"`
	Confirmation *confirmation `json:"cnf"`
}

// confirmation says which key verifies the token.
type confirmation struct {
	Key *struct {
		ID   string `json:"kid"`
		Type string `json:"kty"`
	} `json:"jwk"`
}

// ours tells a token that a key of the tenant verifies from one of the cluster.
func (c *claims) ours() bool { return c.Confirmation != nil && c.Confirmation.Key != nil }

// keyRef is the key that verifies the token.
func (c *claims) keyRef(namespace string) (KeyRef, error) {
	ref := KeyRef{Namespace: namespace, ID: c.Confirmation.Key.ID}
	switch kind := c.Confirmation.Key.Type; kind {
	case "ADMIN":
		ref.Access = v1alpha1.AccessAdministration
	case "", "CLIENT":
		ref.Access = v1alpha1.AccessClient
	default:
		return KeyRef{}, refuse("the token's claim cnf.jwk.kty is %s: it must be ADMIN or CLIENT", quote(kind))
	}
	if ref.ID == "" {
		return KeyRef{}, refuse("the token's claim cnf.jwk.kid is missing: it must name the key that verifies the token")
	}
	return ref, nil
}

// checkTimes refuses a token whose time it is not.
func (c *claims) checkTimes(now time.Time) error {
	for _, claim := range []struct {
		name  string
		value *seconds
	}{{"exp", c.Expires}, {"nbf", c.NotBefore}, {"iat", c.IssuedAt}} {
		switch value := claim.value; {
		case value == nil:
		case *value < 0:
			return refuse("the token's claim %s is %s, before 1970: it must be in seconds since then", claim.name, value)
		case *value >= latest:
			return refuse("the token's claim %s is %s, beyond the year 2200: the times of a JSON Web Token are seconds since 1970, not milliseconds",
				claim.name, value)
		}
	}
	text := now.UTC().Format(time.RFC3339)
	switch {
	case c.Expires == nil:
		return refuse("the token's claim exp is missing: a token must expire")
	case !now.Before(c.Expires.time().Add(leeway)):
		return refuse("the token expired at %s; it is %s now", c.Expires.date(), text)
	case c.NotBefore != nil && now.Before(c.NotBefore.time().Add(-leeway)):
		return refuse("the token is not valid before %s; it is %s now", c.NotBefore.date(), text)
	case c.IssuedAt != nil && now.Before(c.IssuedAt.time().Add(-leeway)):
		return refuse("the token was issued at %s, which is in the future; it is %s now", c.IssuedAt.date(), text)
	}
	return nil
}

// seconds is a time as a JSON Web Token has it. A float holds every moment that is possible to the microsecond.
type seconds float64

var errNoTime = errors.New("a time must be a number, the seconds since 1970")

// UnmarshalJSON admits numbers only.
func (s *seconds) UnmarshalJSON(data []byte) error {
	var value float64
	if err := json.Unmarshal(data, &value); err != nil {
		return errNoTime
	}
	*s = seconds(value)
	return nil
}

func (s *seconds) time() time.Time {
	whole := int64(*s)
	return time.Unix(whole, int64(float64(*s-seconds(whole))*1e9))
}

func (s *seconds) date() string { return s.time().UTC().Format(time.RFC3339) }

// String is the number as people write it.
func (s *seconds) String() string { return strconv.FormatFloat(float64(*s), 'f', -1, 64) }

// audience is a text or a list of texts.
type audience []string

// UnmarshalJSON passes over everything else: it cannot name an instance.
func (a *audience) UnmarshalJSON(data []byte) error {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	*a = nil
	for _, entry := range list {
		if text, ok := entry.(string); ok {
			*a = append(*a, text)
		}
	}
	return nil
}

// instanceIDs are the entries that can be ids of instances, each once, in order.
func (a audience) instanceIDs() []string {
	const length = 36
	var ids []string
	for _, text := range a {
		// Without braces and prefixes: no instance is known by those.
		if id := strings.ToLower(text); len(id) == length && uuid.Validate(id) == nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
