package conformance

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

func (t *trial) newSigner(kind string) Signer {
	signer, err := NewSigner(kind, unique("key"))
	t.Need(err == nil, "a key is made: %v; without that", err)
	return signer
}

func keyBody(keys ...Signer) string {
	lines := ""
	for _, key := range keys {
		lines += fmt.Sprintf(`,{"id":%s,"publicKey":%s}`, examination.Quote(key.KeyID), examination.Quote(key.PublicPEM()))
	}
	return "[" + lines[1:] + "]"
}

func (t *trial) saveKeys(kind string, keys ...Signer) request {
	return t.admin(http.MethodPut, t.provisioning(kind+"-keys"), keyBody(keys...))
}

func (t *trial) deleteKey(kind, id string) request {
	return t.admin(http.MethodDelete, t.provisioning(kind+"-keys", id), "")
}

// keyIDs are the ids of a kind that the system lists.
func (t *trial) keyIDs(kind string) (ids []string) {
	a := t.do(t.admin(http.MethodGet, t.provisioning("public-keys"), ""))
	t.Need(a.Status == http.StatusOK, "keys are listed, status %d", a.Status)
	for _, key := range a.List(kind + "Keys") {
		id, _ := examination.Find(key, "id")
		ids = append(ids, fmt.Sprint(id))
	}
	return ids
}

func (t *trial) whoami(token string) request {
	return request{method: http.MethodGet, path: t.provisioning("rate-tables"), token: token}
}

// wantToken waits until every replica answers a token with a status: keys may take up to ten minutes to act in the
// published service, and a moment here.
func (t *trial) wantToken(what string, status int, r request) {
	t.eventually(what, func() bool {
		for replica := range t.run.target.BaseURLs {
			if t.do(r.on(replica+1)).Status != status {
				return false
			}
		}
		return true
	})
	t.refused(what, status, r)
}

func keyLife(t *trial) {
	old := t.newSigner("EC")
	defer t.forget("administration", old.KeyID)
	m := t.market(sold{quantity: "10"})
	t.refused("a token of a key that is not saved", 401, t.whoami(old.AdminToken()))
	t.expect("PUT an administration key", 200, t.saveKeys("administration", old))
	t.Equal("it is listed", "true", fmt.Sprint(contains(t.keyIDs("administration"), old.KeyID)))
	t.wantToken("its tokens are accepted", 200, t.whoami(old.AdminToken()))
	renewed := t.newSigner("RSA")
	renewed.KeyID = old.KeyID
	t.expect("PUT another key of the same id", 200, t.saveKeys("administration", renewed))
	t.wantToken("the new key's tokens are accepted", 200, t.whoami(renewed.AdminToken()))
	t.wantToken("the old key's are not any more", 401, t.whoami(old.AdminToken()))
	t.refused("an administration key verifies no client tokens", 401, t.whoami(renewed.ClientToken(m.instance)))
	t.expect("DELETE it", 200, t.deleteKey("administration", renewed.KeyID))
	t.wantToken("its tokens are refused", 401, t.whoami(renewed.AdminToken()))
	t.refused("DELETE it again", 404, t.deleteKey("administration", renewed.KeyID))

	client := t.newSigner("Ed25519")
	defer t.forget("client", client.KeyID)
	t.expect("PUT a client key", 200, t.saveKeys("client", client))
	read := request{method: http.MethodGet, path: m.lineItems(), token: client.ClientToken(m.instance), instance: m.instance}
	t.wantToken("its tokens are accepted", 200, read)
	t.refused("but not as those of an administrator", 401, t.whoami(client.AdminToken()))
	other := t.do(t.admin(http.MethodGet, t.provisioning("public-keys"), ""))
	for _, key := range other.List("clientKeys") {
		if id, _ := examination.Find(key, "id"); id == client.KeyID {
			listed, _ := examination.Find(key, "publicKey")
			t.Equal("its PEM is listed as it was saved", client.PublicPEM(), fmt.Sprint(listed))
		}
	}
	byClient := t.deleteKey("client", client.KeyID)
	byClient.token = client.ClientToken(m.instance)
	t.refused("DELETE it by a client", 403, byClient)
	key := unique("key")
	t.expect("DELETE it with an idempotency key", 200, t.deleteKey("client", client.KeyID).keyed(key))
	t.expect("DELETE it again with the idempotency key", 200, t.deleteKey("client", client.KeyID).keyed(key))
	t.wantToken("its tokens are refused", 401, read)
	t.refused("DELETE one that does not exist", 404, t.deleteKey("client", unique("key")))
}

// forget deletes a key that a case has made, however that ends.
func (t *trial) forget(kind, id string) {
	if _, err := t.try(t.deleteKey(kind, id)); err != nil {
		t.Record("the keys of the case are deleted", "so", err.Error(), false)
	}
}

func keyKinds(t *trial) {
	var saved []Signer
	for _, kind := range []string{"RSA", "EC", "Ed25519"} {
		key := t.newSigner(kind)
		saved = append(saved, key)
		defer t.forget("administration", key.KeyID)
	}
	t.expect("PUT three administration keys at once", 200, t.saveKeys("administration", saved...))
	for i, kind := range []string{"RS256", "ES256", "EdDSA"} {
		t.wantToken(kind+" tokens are accepted", 200, t.whoami(saved[i].AdminToken()))
	}
	pss, err := saved[0].signAs("PS256", newClaims(saved[0].KeyID, "ADMIN"))
	t.Need(err == nil, "a PS256 token is made")
	t.refused("PS256 tokens are accepted", 200, t.whoami(pss))
	before := t.keyIDs("administration")
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	t.Need(err == nil, "a weak key is made")
	curve, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	t.Need(err == nil, "a key of another curve is made")
	private, err := x509.MarshalPKCS8PrivateKey(saved[0].Key)
	t.Need(err == nil, "a private key is written")
	good := keyBody(t.newSigner("EC"))
	pemKey := func(text string) string {
		return fmt.Sprintf(`[%s,{"id":"x","publicKey":%s}]`, good[1:len(good)-1], examination.Quote(text))
	}
	for what, body := range inOrder(map[string]string{
		"an RSA key of 1024 bits":  pemKey(publicPEM(weak.Public())),
		"a key of the curve P-384": pemKey(publicPEM(curve.Public())),
		"a private key":            pemKey(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))),
		"a text that is no key":    pemKey("x"),
		"an empty key":             pemKey(""),
		"two keys of one id":       fmt.Sprintf(`[%s,%s]`, good[1:len(good)-1], good[1:len(good)-1]),
		"no id":                    fmt.Sprintf(`[{"publicKey":%s}]`, examination.Quote(saved[0].PublicPEM())),
		"an empty id":              fmt.Sprintf(`[{"id":"","publicKey":%s}]`, examination.Quote(saved[0].PublicPEM())),
		"no key":                   `[{"id":"x"}]`,
		"an unknown attribute":     fmt.Sprintf(`[{"id":"x","publicKey":%s,"x":1}]`, examination.Quote(saved[0].PublicPEM())),
		"an object, not a list":    good[1 : len(good)-1],
		"an empty body":            "",
	}) {
		t.refused("PUT "+what, 400, t.admin(http.MethodPut, t.provisioning("administration-keys"), body))
		t.Equal("after "+what+" no key has changed", fmt.Sprint(before), fmt.Sprint(t.keyIDs("administration")))
	}
	for _, key := range saved {
		t.expect("DELETE one of the three", 200, t.deleteKey("administration", key.KeyID))
	}
}

func lastKeyNotShown(target Target) string {
	if !target.Disposable {
		return "a faulty server would lose the target's own key; test/tenant TestKeysAreSavedReplacedAndDeleted, and test/rest TestConformanceOfOneReplica on a system of its own, show it"
	}
	return ""
}

// lastKey is told last: there is no way back from a server that obeys.
func lastKey(t *trial) {
	keys := t.keyIDs("administration")
	if !t.Equal("the target's key is the only one", fmt.Sprint([]string{t.run.target.Admin.KeyID}), fmt.Sprint(keys)) {
		return
	}
	a := t.refused("DELETE the only administration key", 403, t.deleteKey("administration", keys[0]))
	t.Equal("the reason", `"LastAdministrationKey"`, a.At("reason"))
	t.refused("it works still", 200, t.whoami(t.adminToken()))
}
