package tenant

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
)

// newPEM is a public key of which the other half is thrown away.
func newPEM(t *testing.T) string {
	t.Helper()
	public, _, err := ed25519.GenerateKey(nil)
	noError(t, err)
	text := must[[]byte](t)(x509.MarshalPKIXPublicKey(public))
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: text}))
}

func (p producer) saves(t *testing.T, access tenant.KeyAccess, ids ...string) (keys []tenant.PublicKey) {
	t.Helper()
	for _, id := range ids {
		keys = append(keys, tenant.PublicKey{ID: id, PEM: newPEM(t)})
	}
	noError(t, p.here.SaveKeys(t.Context(), access, keys))
	return keys
}

func (p producer) wantKeys(t *testing.T, access tenant.KeyAccess, want ...tenant.PublicKey) {
	t.Helper()
	got := must[[]tenant.PublicKey](t)(p.there.Keys(t.Context(), access))
	byID := map[string]string{}
	for _, key := range got {
		byID[key.ID] = key.PEM
	}
	wanted := map[string]string{}
	for _, key := range want {
		wanted[key.ID] = key.PEM
	}
	if diff := cmp.Diff(wanted, byID); diff != "" || len(got) != len(want) {
		t.Errorf("keys for %s (-want +got):\n%s", access, diff)
	}
}

func TestKeysAreSavedReplacedAndDeleted(t *testing.T) {
	p := newProducer(t)
	keys := p.saves(t, tenant.AdministrationAccess, "acme:1", "A.b_C-2", "a.B_c-2")
	clients := p.saves(t, tenant.ClientAccess, "acme:1")
	p.wantKeys(t, tenant.AdministrationAccess, keys...)
	p.wantKeys(t, tenant.ClientAccess, clients...)
	noError(t, p.there.SaveKeys(t.Context(), tenant.AdministrationAccess, keys)) // as they are
	for range 2 {
		keys[1].PEM = newPEM(t)
		noError(t, p.there.SaveKeys(t.Context(), tenant.AdministrationAccess, keys[1:2]))
		p.wantKeys(t, tenant.AdministrationAccess, keys...)
	}
	noError(t, p.there.DeleteKey(t.Context(), tenant.ClientAccess, "acme:1"))
	p.wantKeys(t, tenant.ClientAccess)
	refused(t, p.here.DeleteKey(t.Context(), tenant.ClientAccess, "acme:1"), tenant.KeyNotFound)
	refused(t, p.here.DeleteKey(t.Context(), tenant.AdministrationAccess, "../x"), tenant.KeyNotFound)
	noError(t, p.there.DeleteKey(t.Context(), tenant.AdministrationAccess, keys[0].ID))
	noError(t, p.here.DeleteKey(t.Context(), tenant.AdministrationAccess, keys[1].ID))
	for range 2 {
		refused(t, p.there.DeleteKey(t.Context(), tenant.AdministrationAccess, keys[2].ID), tenant.LastAdministrationKey)
	}
	p.wantKeys(t, tenant.AdministrationAccess, keys[2])
}

func TestWhatIsWrongWithAKeyIsNamedAndNoneIsSaved(t *testing.T) {
	p := newProducer(t)
	good := tenant.PublicKey{ID: "good", PEM: newPEM(t)}
	for name, tc := range map[string]struct {
		keys []tenant.PublicKey
		want []string
	}{
		"none":          {nil, []string{"$: 0 keys, must be 1 to 100"}},
		"no PEM":        {[]tenant.PublicKey{good, {ID: "bad", PEM: "x"}}, []string{"$[1].publicKey: it is not PEM: it must begin with -----BEGIN PUBLIC KEY-----"}},
		"an odd id":     {[]tenant.PublicKey{good, {ID: "a/b", PEM: good.PEM}}, []string{`$[1].id: "a/b", must have 1 to 128 letters, digits and the characters . _ : -`}},
		"no id":         {[]tenant.PublicKey{{PEM: good.PEM}}, []string{`$[0].id: "", must have 1 to 128 letters, digits and the characters . _ : -`}},
		"the id twice":  {[]tenant.PublicKey{good, good}, []string{`$[1].id: "good" is given in $[0] already`}},
		"a private key": {[]tenant.PublicKey{{ID: "a", PEM: "-----BEGIN PRIVATE KEY-----"}}, nil},
		"far too many":  {make([]tenant.PublicKey, 101), nil},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, p.here.SaveKeys(t.Context(), tenant.AdministrationAccess, tc.keys), tenant.Invalid, tc.want...)
		})
	}
	p.wantKeys(t, tenant.AdministrationAccess)
}

func declaredKey(t *testing.T, id string) string {
	t.Helper()
	return fmt.Sprintf("keyID: %s\naccess: Administration\npublicKey: |\n  %s", id, strings.ReplaceAll(strings.TrimSpace(newPEM(t)), "\n", "\n  "))
}

func TestAKeyOfKubernetesIsNotFoughtOver(t *testing.T) {
	p := newProducer(t)
	p.Apply(t, "AccessKey", "bootstrap", declaredKey(t, "bootstrap"))
	refused(t, p.here.DeleteKey(t.Context(), tenant.AdministrationAccess, "bootstrap"), tenant.LastAdministrationKey,
		"key bootstrap is the last administration key and cannot be deleted: save another one first")
	added := p.saves(t, tenant.AdministrationAccess, "added")
	refused(t, p.here.DeleteKey(t.Context(), tenant.AdministrationAccess, "bootstrap"), tenant.DeclaredElsewhere)
	err := p.there.SaveKeys(t.Context(), tenant.AdministrationAccess, []tenant.PublicKey{{ID: "new", PEM: newPEM(t)}, {ID: "bootstrap", PEM: newPEM(t)}})
	refused(t, err, tenant.DeclaredElsewhere, "$[1].publicKey: is declared by gitops in Kubernetes: change it there, or take it out of that declaration first")
	noError(t, p.here.DeleteKey(t.Context(), tenant.AdministrationAccess, "added"))
	if keys := must[[]tenant.PublicKey](t)(p.there.Keys(t.Context(), tenant.AdministrationAccess)); len(keys) != 1 || keys[0].ID != "bootstrap" {
		t.Errorf("keys %v after %v", keys, added)
	}
}

func TestAKeyThatCannotBeUsedDoesNotCount(t *testing.T) {
	p := newProducer(t)
	p.saves(t, tenant.AdministrationAccess, "only")
	p.Apply(t, "AccessKey", "broken", "keyID: broken\naccess: Administration\npublicKey: |\n  -----BEGIN PUBLIC KEY-----\n  AAAA\n  -----END PUBLIC KEY-----\n")
	refused(t, p.here.DeleteKey(t.Context(), tenant.AdministrationAccess, "only"), tenant.LastAdministrationKey)
}

func TestTwoReplicasNeverDeleteTheLastTwoKeys(t *testing.T) {
	for range 12 {
		p := newProducer(t)
		p.saves(t, tenant.AdministrationAccess, "a", "b")
		errs := atOnce(
			func() error { return p.here.DeleteKey(t.Context(), tenant.AdministrationAccess, "a") },
			func() error { return p.there.DeleteKey(t.Context(), tenant.AdministrationAccess, "b") },
		)
		if diff := cmp.Diff(map[tenant.Reason]int{"": 1, tenant.LastAdministrationKey: 1}, reasons(errs)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		keys := must[[]tenant.PublicKey](t)(p.here.Keys(t.Context(), tenant.AdministrationAccess))
		if len(keys) != 1 {
			t.Fatalf("keys %v", keys)
		}
		var left v1alpha1.AccessKeyList
		noError(t, p.Client.List(t.Context(), &left, client.InNamespace(p.Namespace)))
		if mark := left.Items[0].Annotations["licensing-operator.dev/deletion-pending"]; mark != "" {
			t.Errorf("the mark stays: %s", mark)
		}
	}
}

func TestManyReplicasDeleteAllButOneKey(t *testing.T) {
	p := newProducer(t)
	ids := []string{"a", "b", "c", "d", "e"}
	p.saves(t, tenant.AdministrationAccess, ids...)
	var calls []func() error
	for i, id := range ids {
		calls = append(calls, func() error { return p.as(i%2, "x").DeleteKey(t.Context(), tenant.AdministrationAccess, id) })
	}
	if diff := cmp.Diff(map[tenant.Reason]int{"": 4, tenant.LastAdministrationKey: 1}, reasons(atOnce(calls...))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheMarkOfAReplicaThatDiedIsForgotten(t *testing.T) {
	p := newProducer(t)
	p.saves(t, tenant.AdministrationAccess, "a", "b")
	var list v1alpha1.AccessKeyList
	noError(t, p.Client.List(t.Context(), &list, client.InNamespace(p.Namespace)))
	for i := range list.Items {
		if key := &list.Items[i]; key.Spec.KeyID == "a" {
			key.Annotations["licensing-operator.dev/deletion-pending"] = "0b4f5f7e-1c22-4e0b-9a53-0d8f4f7c6a11 " + now.Now().Add(-time.Hour).UTC().Format(time.RFC3339Nano)
			noError(t, p.Client.Update(t.Context(), key))
		}
	}
	noError(t, p.there.DeleteKey(t.Context(), tenant.AdministrationAccess, "b"))
}
