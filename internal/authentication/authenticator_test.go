package authentication

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

func at(offset time.Duration) int64 { return start.Add(offset).Unix() }

func TestGoodTokens(t *testing.T) {
	private := signers()
	app := Caller{Kind: Client, Name: "app", InstanceIDs: []string{first}}
	for name, test := range map[string]struct {
		token string
		want  Caller
	}{
		"RS256":                      {sign(t, jwt.SigningMethodRS256, private.rsa), app},
		"PS256":                      {sign(t, jwt.SigningMethodPS256, private.rsa), app},
		"ES256":                      {sign(t, jwt.SigningMethodES256, private.ec, confirmed("ec", "CLIENT")), Caller{Kind: Client, Name: "ec", InstanceIDs: []string{first}}},
		"EdDSA":                      {sign(t, jwt.SigningMethodEdDSA, private.ed, confirmed("ed", "CLIENT")), Caller{Kind: Client, Name: "ed", InstanceIDs: []string{first}}},
		"administration":             {sign(t, jwt.SigningMethodRS256, private.rsa, confirmed("root", "ADMIN")), Caller{Kind: Administration, Name: "root"}},
		"administration without aud": {sign(t, jwt.SigningMethodRS256, private.rsa, confirmed("root", "ADMIN"), without("aud")), Caller{Kind: Administration, Name: "root"}},
		"a client without kty":       {sign(t, jwt.SigningMethodRS256, private.rsa, confirmed("app", "")), app},
		"no issuer":                  {sign(t, jwt.SigningMethodRS256, private.rsa, without("iss")), app},
		"an issuer in Japanese":      {sign(t, jwt.SigningMethodRS256, private.rsa, setting("iss", "株式会社")), app},
		"no iat and nbf":             {sign(t, jwt.SigningMethodRS256, private.rsa, without("iat"), without("nbf")), app},
		"a fraction of a second":     {sign(t, jwt.SigningMethodRS256, private.rsa, setting("exp", float64(at(time.Minute))+0.5)), app},
		"expired within the leeway":  {sign(t, jwt.SigningMethodRS256, private.rsa, setting("exp", at(-59*time.Second))), app},
		"nbf within the leeway":      {sign(t, jwt.SigningMethodRS256, private.rsa, setting("nbf", at(60*time.Second))), app},
		"iat within the leeway":      {sign(t, jwt.SigningMethodRS256, private.rsa, setting("iat", at(60*time.Second))), app},
		"the last second possible":   {sign(t, jwt.SigningMethodRS256, private.rsa, setting("exp", 7258118399)), app},
		"aud that is a text":         {sign(t, jwt.SigningMethodRS256, private.rsa, setting("aud", first)), app},
		"aud in capitals":            {sign(t, jwt.SigningMethodRS256, private.rsa, setting("aud", strings.ToUpper(first))), app},
		"aud with other things":      {sign(t, jwt.SigningMethodRS256, private.rsa, setting("aud", []any{"https://acme.example", 7, nil, "{" + first + "}", first})), app},
		"aud with several, some twice": {
			sign(t, jwt.SigningMethodRS256, private.rsa, setting("aud", []string{second, first, second})),
			Caller{Kind: Client, Name: "app", InstanceIDs: []string{first, second}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			caller, err := w.authenticate(test.token)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, caller); diff != "" {
				t.Errorf("caller (-want +got):\n%s", diff)
			}
			if w.live.asked != 0 {
				t.Errorf("the API server was asked %d times for a key that is known", w.live.asked)
			}
		})
	}
}

func TestRefusedTokens(t *testing.T) {
	private := signers()
	good := sign(t, jwt.SigningMethodRS256, private.rsa)
	parts := strings.Split(good, ".")
	publicPEM := []byte(pemOf(t, private.rsa.Public()))
	noAlgorithm := unsigned(jwt.SigningMethodRS256)
	delete(noAlgorithm.Header, "alg")
	critical := unsigned(jwt.SigningMethodRS256)
	critical.Header["crit"] = []string{"exp"}

	for name, test := range map[string]struct{ token, want string }{
		"the wrong key":                 {sign(t, jwt.SigningMethodRS256, private.otherRSA), "the token's signature does not match client key app"},
		"the wrong key, PS256":          {sign(t, jwt.SigningMethodPS256, private.otherRSA), "the token's signature does not match client key app"},
		"another token's signature":     {parts[0] + "." + parts[1] + "." + strings.Split(sign(t, jwt.SigningMethodRS256, private.rsa, setting("exp", at(2*time.Hour))), ".")[2], "signature does not match"},
		"another token's claims":        {parts[0] + "." + strings.Split(sign(t, jwt.SigningMethodRS256, private.rsa, setting("aud", second)), ".")[1] + "." + parts[2], "signature does not match"},
		"no signature":                  {parts[0] + "." + parts[1] + ".", "signature does not match"},
		"none":                          {sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType), "the token's alg is none: with client key app it must be RS256 or PS256"},
		"none, but signed":              {encode(`{"alg":"none"}`) + "." + parts[1] + "." + parts[2], "the token's alg is none"},
		"HS256 with the public key":     {sign(t, jwt.SigningMethodHS256, publicPEM), "the token's alg is HS256: with client key app it must be RS256 or PS256"},
		"HS512 with nothing":            {sign(t, jwt.SigningMethodHS512, []byte{}), "the token's alg is HS512"},
		"RS512":                         {sign(t, jwt.SigningMethodRS512, private.rsa), "the token's alg is RS512"},
		"PS384":                         {sign(t, jwt.SigningMethodPS384, private.rsa), "the token's alg is PS384"},
		"ES256 with an RSA key":         {sign(t, jwt.SigningMethodES256, private.ec), "the token's alg is ES256: with client key app it must be RS256 or PS256"},
		"RS256 with a P-256 key":        {sign(t, jwt.SigningMethodRS256, private.rsa, confirmed("ec", "CLIENT")), "the token's alg is RS256: with client key ec it must be ES256"},
		"EdDSA with a P-256 key":        {sign(t, jwt.SigningMethodEdDSA, private.ed, confirmed("ec", "CLIENT")), "the token's alg is EdDSA"},
		"ES256 with an Ed25519 key":     {sign(t, jwt.SigningMethodES256, private.ec, confirmed("ed", "CLIENT")), "with client key ed it must be EdDSA"},
		"an unknown alg":                {encode(`{"alg":"XX1"}`) + "." + parts[1] + "." + parts[2], "the token's alg is missing or unknown"},
		"no alg":                        {headerless(t, noAlgorithm), "the token's alg is missing or unknown"},
		"an alg that is no text":        {encode(`{"alg":["RS256"]}`) + "." + parts[1] + "." + parts[2], "the token's alg is missing or unknown"},
		"an extension":                  {headerless(t, critical), "the token's header has crit"},
		"expired":                       {sign(t, jwt.SigningMethodRS256, private.rsa, setting("exp", at(-time.Minute))), "the token expired at 2026-03-01T11:59:00Z; it is 2026-03-01T12:00:00Z now"},
		"expired in 1970":               {sign(t, jwt.SigningMethodRS256, private.rsa, setting("exp", 0)), "the token expired at 1970-01-01T00:00:00Z"},
		"no exp":                        {sign(t, jwt.SigningMethodRS256, private.rsa, without("exp")), "the token's claim exp is missing"},
		"exp null":                      {sign(t, jwt.SigningMethodRS256, private.rsa, setting("exp", nil)), "the token's claim exp is missing"},
		"exp in milliseconds":           {sign(t, jwt.SigningMethodRS256, private.rsa, setting("exp", start.Add(time.Hour).UnixMilli())), "the token's claim exp is 1772370000000, beyond the year 2200: the times of a JSON Web Token are seconds since 1970, not milliseconds"},
		"iat in milliseconds":           {sign(t, jwt.SigningMethodRS256, private.rsa, setting("iat", start.UnixMilli())), "the token's claim iat is 1772366400000, beyond"},
		"exp that no int64 holds":       {sign(t, jwt.SigningMethodRS256, private.rsa, setting("exp", 1e300)), "beyond the year 2200"},
		"exp before 1970":               {sign(t, jwt.SigningMethodRS256, private.rsa, setting("exp", -1e300)), "before 1970"},
		"exp that is a text":            {sign(t, jwt.SigningMethodRS256, private.rsa, setting("exp", "1900000000")), "must be numbers, in seconds since 1970"},
		"exp that no float holds":       {encode(`{"alg":"RS256"}`) + "." + encode(`{"exp":1e999}`) + ".AA", "must be numbers, in seconds since 1970"},
		"nbf beyond the leeway":         {sign(t, jwt.SigningMethodRS256, private.rsa, setting("nbf", at(61*time.Second))), "the token is not valid before 2026-03-01T12:01:01Z; it is 2026-03-01T12:00:00Z now"},
		"iat beyond the leeway":         {sign(t, jwt.SigningMethodRS256, private.rsa, setting("iat", at(61*time.Second))), "the token was issued at 2026-03-01T12:01:01Z, which is in the future"},
		"no aud":                        {sign(t, jwt.SigningMethodRS256, private.rsa, without("aud")), "the token's claim aud names no instance"},
		"aud without an instance":       {sign(t, jwt.SigningMethodRS256, private.rsa, setting("aud", []string{"https://acme.example", "*", ""})), "the token's claim aud names no instance"},
		"aud that is an object":         {sign(t, jwt.SigningMethodRS256, private.rsa, setting("aud", map[string]string{first: first})), "the token's claim aud names no instance"},
		"an unknown key":                {sign(t, jwt.SigningMethodRS256, private.rsa, confirmed("gone", "CLIENT")), `there is no client key with id "gone"`},
		"the client key as ADMIN":       {sign(t, jwt.SigningMethodRS256, private.rsa, confirmed("app", "ADMIN")), `there is no administration key with id "app"`},
		"the admin key as CLIENT":       {sign(t, jwt.SigningMethodRS256, private.rsa, confirmed("root", "CLIENT")), `there is no client key with id "root"`},
		"the admin key without kty":     {sign(t, jwt.SigningMethodRS256, private.rsa, confirmed("root", "")), `there is no client key with id "root"`},
		"the key of another tenant":     {sign(t, jwt.SigningMethodRS256, private.rsa, confirmed("theirs", "CLIENT")), `there is no client key with id "theirs"`},
		"a kid with another key's path": {sign(t, jwt.SigningMethodRS256, private.rsa, confirmed("../app", "CLIENT")), `there is no client key with id "../app"`},
		"a kid in Japanese":             {sign(t, jwt.SigningMethodRS256, private.rsa, confirmed("株", "CLIENT")), `there is no client key with id "\u682a"`},
		"a kid with line ends":          {sign(t, jwt.SigningMethodRS256, private.rsa, confirmed("a\r\nX: b", "CLIENT")), `there is no client key with id "a\r\nX: b"`},
		"a long kid":                    {sign(t, jwt.SigningMethodRS256, private.rsa, confirmed(strings.Repeat("k", 2000), "CLIENT")), `kkk"...`},
		"a kid that is a number":        {sign(t, jwt.SigningMethodRS256, private.rsa, confirmed(7, "CLIENT")), "the bearer token is not a JSON Web Token"},
		"no kid":                        {sign(t, jwt.SigningMethodRS256, private.rsa, setting("cnf", map[string]any{"jwk": map[string]any{"kty": "CLIENT"}})), "the token's claim cnf.jwk.kid is missing"},
		"an unknown kty":                {sign(t, jwt.SigningMethodRS256, private.rsa, confirmed("app", "RSA")), `the token's claim cnf.jwk.kty is "RSA": it must be ADMIN or CLIENT`},
		"kty in small letters":          {sign(t, jwt.SigningMethodRS256, private.rsa, confirmed("root", "admin")), `cnf.jwk.kty is "admin"`},
		"no cnf":                        {sign(t, jwt.SigningMethodRS256, private.rsa, without("cnf")), "the token names no key in its claim cnf.jwk.kid, and the cluster does not know it"},
		"cnf without jwk":               {sign(t, jwt.SigningMethodRS256, private.rsa, setting("cnf", map[string]any{"jkt": "abc"})), "the token names no key"},
		"cnf that is a text":            {sign(t, jwt.SigningMethodRS256, private.rsa, setting("cnf", "app")), "the bearer token is not a JSON Web Token"},
		"the kid in the header only":    {withHeader(t, "kid", "app", without("cnf")), "the token names no key"},
		"a huge token":                  {sign(t, jwt.SigningMethodRS256, private.rsa, setting("iss", strings.Repeat("x", 8<<10))), "at most 8192 are possible"},
		"claims that are null":          {parts[0] + "." + encode("null") + "." + parts[2], "the token names no key"},
		"claims that are a list":        {parts[0] + "." + encode("[]") + "." + parts[2], "the bearer token is not a JSON Web Token"},
		"two tokens":                    {good + " " + good, "the bearer token is not a JSON Web Token"},
		"four parts":                    {good + ".AA", "the bearer token is not a JSON Web Token"},
		"padding":                       {good + "==", "the bearer token is not a JSON Web Token"},
		"garbage":                       {"\x00\xff garbage", "the bearer token is not a JSON Web Token"},
		"emoji":                         {"🔑.🔑.🔑", "the bearer token is not a JSON Web Token"},
		"dots":                          {"..", "the bearer token is not a JSON Web Token"},
		"nothing":                       {"", "the bearer token is not a JSON Web Token"},
	} {
		t.Run(name, func(t *testing.T) {
			caller, err := newWorld(t).authenticate(test.token)
			refusal := (*Refusal)(nil)
			if !errors.As(err, &refusal) {
				t.Fatalf("got %v, %v, want a refusal", caller, err)
			}
			if !strings.Contains(refusal.Message, test.want) {
				t.Errorf("refused with %q, want %q", refusal.Message, test.want)
			}
			if refusal.Anonymous {
				t.Error("it counts as a call without a token")
			}
			if strings.ContainsFunc(refusal.Challenge(), func(c rune) bool { return c < ' ' || c > '~' }) {
				t.Errorf("the challenge %q does not fit in a header", refusal.Challenge())
			}
		})
	}
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// headerless signs a token whose header the library would not make.
func headerless(t *testing.T, token *jwt.Token) string {
	t.Helper()
	text, err := token.SigningString()
	if err != nil {
		t.Fatal(err)
	}
	signature, err := jwt.SigningMethodRS256.Sign(text, signers().rsa)
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func withHeader(t *testing.T, name, value string, changes ...claim) string {
	t.Helper()
	token := unsigned(jwt.SigningMethodRS256, changes...)
	token.Header[name] = value
	return headerless(t, token)
}

func TestHeaders(t *testing.T) {
	good := sign(t, jwt.SigningMethodRS256, signers().rsa)
	for name, test := range map[string]struct {
		values    []string
		want      string
		challenge string
	}{
		"none":                  {nil, "a token is missing", `Bearer`},
		"an empty one":          {[]string{" "}, "a token is missing", `Bearer`},
		"another scheme":        {[]string{"Basic dTpw"}, "the header Authorization must be Bearer <token>", `Bearer error="invalid_token", error_description="the header Authorization must be Bearer <token>"`},
		"no scheme":             {[]string{good}, "the header Authorization must be Bearer <token>", ""},
		"two":                   {[]string{"Bearer " + good, "Bearer " + good}, "only one is possible", ""},
		"small letters":         {[]string{"bearer " + good}, "", ""},
		"spaces around a token": {[]string{"  Bearer   " + good + " "}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newWorld(t).Authenticate(context.Background(), acme, http.Header{"Authorization": test.values})
			refusal := (*Refusal)(nil)
			switch {
			case test.want == "" && err != nil:
				t.Fatal(err)
			case test.want == "":
				return
			case !errors.As(err, &refusal) || !strings.Contains(refusal.Message, test.want):
				t.Fatalf("got %v, want %s", err, test.want)
			}
			if test.challenge != "" && refusal.Challenge() != test.challenge {
				t.Errorf("challenge %s, want %s", refusal.Challenge(), test.challenge)
			}
		})
	}
}
