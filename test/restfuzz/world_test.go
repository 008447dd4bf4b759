package restfuzz

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/conformance"
	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

// world is what there is to attack: a tenant with two instances, and another tenant.
type world struct {
	t testing.TB
	*replica
	// names stand for what has another name in each world, so that a request can be kept as text: {session}.
	names map[string]string
}

var signers = sync.OnceValues(func() (made struct{ admin, client, stranger conformance.Signer }, err error) {
	if made.admin, err = conformance.NewSigner("EC", "fuzz-admin"); err != nil {
		return made, err
	}
	if made.client, err = conformance.NewSigner("Ed25519", "fuzz-client"); err != nil {
		return made, err
	}
	made.stranger, err = conformance.NewSigner("EC", "fuzz-admin")
	return made, err
})

// newWorld makes everything over the API itself.
func newWorld(t testing.TB) *world {
	t.Helper()
	keys, err := signers()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, replica: system, names: map[string]string{
		"admin": keys.admin.AdminToken(), "publicKey": strings.ReplaceAll(keys.client.PublicPEM(), "\n", `\n`),
	}}
	w.names["tenant"], w.names["foreignTenant"] = w.newTenant(keys.admin, keys.client), w.newTenant(keys.stranger, keys.client)
	w.names["foreignAdmin"] = keys.stranger.AdminToken()
	w.populate("", "tenant", "admin")
	w.populate("neighbor", "tenant", "admin")
	w.populate("foreign", "foreignTenant", "foreignAdmin")
	w.names["client"] = keys.client.ClientToken(w.names["instance"])
	w.names["neighborClient"] = keys.client.ClientToken(w.names["neighborInstance"])
	w.names["foreignClient"] = keys.client.ClientToken(w.names["foreignInstance"])
	return w
}

func (w *world) newTenant(admin, client conformance.Signer) string {
	w.t.Helper()
	producer := w.NewProducer(w.t, "fuzz", nil)
	for access, signer := range map[v1alpha1.AccessKind]conformance.Signer{v1alpha1.AccessAdministration: admin, v1alpha1.AccessClient: client} {
		key := &v1alpha1.AccessKey{
			ObjectMeta: metav1.ObjectMeta{Namespace: producer.Namespace, Name: signer.KeyID},
			Spec:       v1alpha1.AccessKeySpec{KeyID: signer.KeyID, Access: access, PublicKey: signer.PublicPEM()},
		}
		if err := w.Client.Create(w.t.Context(), key); err != nil {
			w.t.Fatal(err)
		}
	}
	probe := attack.Message{Method: "GET", Target: "/namespaces/" + producer.Namespace + "/provisioning/api/v1.1/public-keys"}
	cluster.Eventually(w.t, "the keys to be known", func(context.Context) error {
		if e := w.send(probe.With("Authorization: Bearer " + admin.AdminToken())); e.status != http.StatusOK {
			return fmt.Errorf("%s", e)
		}
		return nil
	})
	return producer.Namespace
}

const (
	priceList = `{"series":"Apps","version":"1","items":[{"name":"PhotoPrint","version":"1.0","rate":3},{"name":"Seat","rate":0.000001}]}`
	seat      = `{"requester":{"type":"user","value":"Lisa"},"requestedItems":[{"item":"Seat","count":1}],"rollbackOnDeny":true}`
)

// populate makes an instance with one of everything, under names with the prefix.
func (w *world) populate(prefix, tenant, token string) {
	w.t.Helper()
	call := func(status int, method, path, body string) map[string]any {
		w.t.Helper()
		return w.setUp(status, method, "/namespaces/{"+tenant+"}"+path, token, body)
	}
	set := func(kind string, value any) {
		if prefix != "" {
			kind = prefix + strings.ToUpper(kind[:1]) + kind[1:]
		}
		w.names[kind] = fmt.Sprint(value)
	}
	if prefix != "neighbor" {
		call(http.StatusCreated, "POST", "/provisioning/api/v1.1/rate-tables", priceList)
	}
	id := call(http.StatusCreated, "POST", "/provisioning/api/v1.1/instances", `{"shortName":"s","accountId":"`+tenant+prefix+`"}`)["id"]
	set("instance", id)
	// An activation id is unique in a tenant.
	activation := "ACT-" + tenant + prefix
	set("lineItem", activation)
	call(http.StatusCreated, "PUT", fmt.Sprintf("/provisioning/api/v1.1/instances/%s/line-items", id), fmt.Sprintf(
		`{"activationId":%q,"state":"DEPLOYED","quantity":1000000000,"start":0,"end":253402300799999,"attributes":{"elastic":true,"rateTableSeries":"Apps"}}`, activation))
	conditions := call(http.StatusOK, "POST", fmt.Sprintf("/api/v1.1/instances/%s/conditions", id),
		`{"conditions":[{"name":"all","terms":[{"attribute":"a","operator":"NOT","values":["b"]}]}]}`)
	set("condition", conditions["0"].(map[string]any)["id"])
	actions := call(http.StatusOK, "POST", fmt.Sprintf("/api/v1.1/instances/%s/line-items/%s/actions", id, activation), `[{"action":"ALLOW"}]`)
	set("action", actions["0"].(map[string]any)["id"])
	session := call(http.StatusOK, "POST", "/api/v1.1/sessions", fmt.Sprintf(`{"instanceId":%q}`, id))["sessionId"]
	set("session", session)
	call(http.StatusOK, "PUT", fmt.Sprintf("/api/v1.1/sessions/%s", session), seat)
}

// setUp wants a status. It gives the object of the answer; an array as an object with positions for names.
func (w *world) setUp(status int, method, target, token, body string) map[string]any {
	w.t.Helper()
	m := attack.Message{Method: method, Target: target}.With("Authorization: Bearer {" + token + "}").JSON([]byte(body))
	e := w.ask(m)
	if e.status != status {
		w.t.Fatalf("want %d\n%s", status, e)
	}
	var value any
	if len(e.text) > 0 {
		if err := json.Unmarshal(e.text, &value); err != nil {
			w.t.Fatal(err)
		}
	}
	object, _ := value.(map[string]any)
	if list, ok := value.([]any); ok {
		object = map[string]any{}
		for i, element := range list {
			object[fmt.Sprint(i)] = element
		}
	}
	return object
}

// fill puts the names of this world into a request.
func (w *world) fill(m attack.Message) attack.Message {
	replacer := w.replacer()
	m.Target = replacer.Replace(m.Target)
	m.Body = []byte(replacer.Replace(string(m.Body)))
	header := make([]string, len(m.Header))
	for i, line := range m.Header {
		header[i] = replacer.Replace(line)
	}
	m.Header = header
	return m
}

func (w *world) replacer() *strings.Replacer {
	var pairs []string
	for name, value := range w.names {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...)
}

// ask sends a request with names in it and examines the answer.
func (w *world) ask(m attack.Message) *exchange {
	w.t.Helper()
	e := w.try(m)
	if e == nil {
		w.t.Fatalf("this is no request: %s", m)
	}
	return e
}

// try is ask for what may be no request at all, and is nil then: the server's reader refuses it.
func (w *world) try(m attack.Message) *exchange {
	w.t.Helper()
	return w.attack(w.t, w.fill(m))
}

// healthy tells whether requests still meet something: an attack may have deleted it, with the rights that it had.
func (w *world) healthy() bool {
	for _, m := range []attack.Message{
		{Method: "GET", Target: "/namespaces/{tenant}/api/v1.1/sessions/{session}", Header: []string{"Authorization: Bearer {admin}"}},
		{Method: "GET", Target: "/namespaces/{tenant}/provisioning/api/v1.1/instances/{instance}/line-items/{lineItem}", Header: []string{"Authorization: Bearer {client}"}},
	} {
		if e := w.send(w.fill(m)); e.status != http.StatusOK || strings.Contains(string(e.text), "TERMINATED") {
			return false
		}
	}
	return true
}

// standing is a world in which there is something to attack.
func standing(t testing.TB, w *world) *world {
	t.Helper()
	if w == nil || !w.healthy() {
		return newWorld(t)
	}
	w.t = t
	return w
}

// request is the operation's, on what the world has. It is made by the administrator of the tenant.
func (o operation) request() attack.Message {
	path := strings.NewReplacer(
		"{instanceId}", "{instance}", "{sessionId}", "{session}", "{lineItemId}", "{lineItem}",
		"{conditionId}", "{condition}", "{keyId}", "no-such-key").Replace(o.Path)
	m := attack.Message{Method: o.Method, Target: "/namespaces/{tenant}" + path}
	for i, name := range o.requiredQuery() {
		m.Target += map[bool]string{true: "?", false: "&"}[i == 0] + name + "=" + map[string]string{"instanceId": "{instance}"}[name]
	}
	if strings.HasSuffix(m.Target, "version=") {
		m.Target += "no-such-version"
	}
	return m.With("Authorization: Bearer {admin}")
}

func (o operation) requiredQuery() (names []string) {
	for _, parameter := range o.Parameters {
		if parameter.In == "query" && parameter.Required {
			names = append(names, parameter.Name)
		}
	}
	return names
}
