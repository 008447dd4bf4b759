package conformance

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

func authorizationCases() []testCase {
	return []testCase{
		{section: "1.9", title: "every operation by every kind of caller", forms: bothForms, tell: callers},
		{section: "1.9", title: "tokens that are refused", tell: badTokens},
		{section: "1.9", title: "tokens that are accepted", tell: goodTokens},
		{section: "1.9", title: "a client reaches no session of another instance", forms: bothForms, tell: otherInstances},
	}
}

func callers(t *trial) {
	m, other := t.market(sold{quantity: "1000"}), t.emptyMarket()
	stranger := t.newSigner("EC")
	stranger.KeyID = t.run.target.Admin.KeyID
	expired := newClaims(t.run.target.Admin.KeyID, "ADMIN")
	expired["exp"] = time.Now().Add(-10 * time.Minute).Unix()
	for _, o := range m.operations() {
		state := m.state(o.name)
		wanted := o.request.instance
		try := func(who string, status int, token, instance string) {
			r := o.request
			r.token, r.instance = token, instance
			t.refused(o.name+" by "+who, status, r)
		}
		try("nobody", 401, "", wanted)
		if !t.is10() { // who tries tokens must wait after a while, so that one version has to do
			try("one with garbage", 401, "garbage", wanted)
			try("an expired token", 401, t.run.target.Admin.sign(expired), wanted)
			try("a token of a wrong key", 401, stranger.AdminToken(), wanted)
		}
		switch {
		case !o.client:
			try("a client", 403, t.clientToken(m.instance), m.instance)
		case o.session:
			try("a client without x-instance-id", 400, t.clientToken(m.instance), "")
			try("a client whose x-instance-id is not in its token", 403, t.clientToken(other.instance), m.instance)
			try("a client of another instance", o.strangersStatus(), t.clientToken(other.instance), other.instance)
			try("a client whose x-instance-id is no UUID", 403, t.clientToken(m.instance), "x")
		default:
			try("a client of another instance", 403, t.clientToken(other.instance), "")
		}
		t.Equal(o.name+": nothing has changed by that", state, m.state(o.name))
		o.succeeds(m)
	}
}

// strangersStatus is what a client hears that asks for something on another instance: the instance is known to be none of
// its own, of a session not even that it exists is told.
func (o operation) strangersStatus() int {
	if o.unknownElement.method != "" {
		return http.StatusNotFound
	}
	return http.StatusForbidden
}

// succeeds does the operation: as a client, if that is allowed and a read, and in the end as an administrator.
func (o operation) succeeds(m *market) {
	if o.client && o.request.method == http.MethodGet {
		r := o.request
		r.token = m.clientToken(uuid(), m.instance)
		if o.session {
			r.instance = m.instance
		}
		m.refused(o.name+" by a client with several instances", o.status, r)
	}
	m.refused(o.name+" by an administrator", o.status, o.request)
}

func badTokens(t *trial) {
	admin := t.run.target.Admin
	now := time.Now()
	with := func(change func(claims)) string {
		c := newClaims(admin.KeyID, "ADMIN")
		change(c)
		return admin.sign(c)
	}
	good := admin.AdminToken()
	for what, token := range inOrder(map[string]string{
		"no exp":                        with(func(c claims) { delete(c, "exp") }),
		"expired two minutes ago":       with(func(c claims) { c["exp"] = now.Add(-2 * time.Minute).Unix() }),
		"not valid for two minutes yet": with(func(c claims) { c["nbf"] = now.Add(2 * time.Minute).Unix() }),
		"issued in two minutes":         with(func(c claims) { c["iat"] = now.Add(2 * time.Minute).Unix() }),
		"exp as a text":                 with(func(c claims) { c["exp"] = fmt.Sprint(now.Add(time.Hour).Unix()) }),
		"exp in milliseconds long ago":  with(func(c claims) { c["exp"] = 1 }),
		"an unknown kid":                Signer{unique("key"), admin.Key}.AdminToken(),
		"an empty kid":                  Signer{"", admin.Key}.AdminToken(),
		"a kid of another kind of key":  Signer{t.run.target.Client.KeyID, t.run.target.Client.Key}.AdminToken(),
		"a changed signature":           good[:len(good)-6] + flipped(good[len(good)-6:]),
		"no signature":                  good[:len(good)-len(signatureOf(good))],
		"four parts":                    good + ".x",
		"alg none":                      segment(map[string]any{"alg": "none", "typ": "JWT"}) + "." + segment(newClaims(admin.KeyID, "ADMIN")) + ".",
		"the public key as a secret":    symmetric(admin),
		"a kty that does not exist":     admin.sign(newClaims(admin.KeyID, "OTHER")),
		"not a JWT":                     "x.y.z",
		"an algorithm of another key":   otherAlgorithm(admin),
	}) {
		t.refused("a token with "+what, 401, t.whoami(token))
	}
	for what, header := range inOrder(map[string]string{
		"Basic": "Basic eDp5", "no scheme": good, "an empty bearer": "Bearer ", "a scheme that does not exist": "Token " + good,
	}) {
		r := t.whoami("")
		r.header = map[string]string{"Authorization": header}
		a := t.refused("an Authorization header with "+what, 401, r)
		t.Contains("WWW-Authenticate", a.Header.Get("WWW-Authenticate"), "Bearer")
	}
	m := t.market()
	client := t.run.target.Client
	none := client.sign(newClaims(client.KeyID, "CLIENT"))
	r := request{method: http.MethodGet, path: m.lineItems(), token: none}
	a := t.do(r)
	t.OneOf("a client token without aud", strconv.Itoa(a.Status), "401", "403")
}

func signatureOf(token string) string {
	for i := len(token) - 1; i >= 0; i-- {
		if token[i] == '.' {
			return token[i+1:]
		}
	}
	return token
}

func flipped(text string) string {
	changed := []byte(text)
	for i := range changed {
		if changed[i] == 'A' {
			changed[i] = 'B'
		} else {
			changed[i] = 'A'
		}
	}
	return string(changed)
}

// symmetric is signed by HS256 with the public key for a secret, which a verifier that believes the token's algorithm
// would accept.
func symmetric(s Signer) string {
	content := segment(map[string]any{"alg": "HS256", "typ": "JWT"}) + "." + segment(newClaims(s.KeyID, "ADMIN"))
	mac := hmac.New(sha256.New, []byte(s.PublicPEM()))
	mac.Write([]byte(content))
	return content + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// otherAlgorithm is signed rightly, and says that it was signed by the algorithm of another kind of key.
func otherAlgorithm(s Signer) string {
	algorithm := "ES256"
	if algorithmOf(s.Key) == algorithm {
		algorithm = "RS256"
	}
	token, err := s.signAs(algorithm, newClaims(s.KeyID, "ADMIN"))
	if err != nil {
		panic(err) // the same key has signed others
	}
	return token
}

func goodTokens(t *trial) {
	admin, client := t.run.target.Admin, t.run.target.Client
	now := time.Now()
	with := func(change func(claims)) string {
		c := newClaims(admin.KeyID, "ADMIN")
		change(c)
		return admin.sign(c)
	}
	for what, token := range inOrder(map[string]string{
		"without nbf and iat":        with(func(c claims) { delete(c, "nbf"); delete(c, "iat") }),
		"without iss":                with(func(c claims) { delete(c, "iss") }),
		"expired 20 seconds ago":     with(func(c claims) { c["exp"] = now.Add(-20 * time.Second).Unix() }),
		"not valid for 20 seconds":   with(func(c claims) { c["nbf"] = now.Add(20 * time.Second).Unix() }),
		"with further claims":        with(func(c claims) { c["sub"] = "x"; c["roles"] = []string{"y"} }),
		"with times with a fraction": with(func(c claims) { c["exp"] = float64(now.Unix()) + 3600.5 }),
	}) {
		t.refused("a token "+what, 200, t.whoami(token))
	}
	m := t.market()
	for what, change := range inOrder(map[string]func(claims){
		"of kty CLIENT": func(claims) {},
		"without kty": func(c claims) {
			c["cnf"] = map[string]any{"jwk": map[string]any{"kid": client.KeyID}}
		},
		"with aud as one text": func(c claims) { c["aud"] = m.instance },
	}) {
		c := newClaims(client.KeyID, "CLIENT", m.instance)
		change(c)
		t.refused("a client token "+what, 200, request{method: http.MethodGet, path: m.lineItems(), token: client.sign(c)})
	}
	lower := t.whoami("")
	lower.header = map[string]string{"Authorization": "bearer " + admin.AdminToken()}
	t.refused("the scheme in lower case", 200, lower)
}

func otherInstances(t *trial) {
	mine, theirs := t.market(sold{quantity: "10"}), t.market(sold{quantity: "10"})
	s := theirs.start(photoPrint("1"))
	for _, call := range []struct{ what, method, path, body string }{
		{"GET it", http.MethodGet, t.sessions(s.id), ""},
		{"a heartbeat", http.MethodGet, t.sessions(s.id, "heartbeat"), ""},
		{"PUT items", http.MethodPut, t.sessions(s.id), accessBody(false, photoPrint("100"))},
		{"DELETE it", http.MethodDelete, t.sessions(s.id), ""},
		{"the line item of another instance", http.MethodGet, mine.lineItems(theirs.bought[0]), ""},
	} {
		unknown := t.do(mine.client(call.method, replaceID(call.path, s.id, theirs.bought[0]), call.body))
		a := t.refused(call.what, 404, mine.client(call.method, call.path, call.body))
		t.Equal(call.what+": the answer is that of one that does not exist", unknown.At("reason"), a.At("reason"))
	}
	both := t.clientToken(mine.instance, theirs.instance)
	r := mine.client(http.MethodGet, t.sessions(s.id), "")
	r.token = both
	t.refused("with a token for both, the header decides", 404, r)
	r.instance = theirs.instance
	t.refused("and with the other header it is found", 200, r)
	t.Equal("the session is ACTIVE still", "ACTIVE", theirs.session(s.id).String("state"))
	theirs.close(s.id)
}

func replaceID(path string, ids ...string) string {
	for _, id := range ids {
		path = strings.ReplaceAll(path, id, uuid())
	}
	return path
}
