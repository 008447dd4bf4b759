package restv2

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/authentication/apikey"
	"github.com/licensing-operator/licensing-operator/internal/authentication/publickey"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/authorization"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// keys are API keys by type and text.
type keys map[string]*v1alpha1.APIKey

func (k keys) Find(_ context.Context, namespace string, keyType v1alpha1.APIKeyType, presented string) (*v1alpha1.APIKey, error) {
	if presented == "slow" {
		return nil, errors.New("no API server")
	}
	if namespace != "acme" {
		return nil, nil
	}
	return k[string(keyType)+"/"+presented], nil
}

func apiKey(name string, products ...string) *v1alpha1.APIKey {
	return &v1alpha1.APIKey{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.APIKeySpec{Products: products}}
}

// keyring has one key for every access and id.
type keyring struct{ key publickey.Key }

func (k keyring) Key(context.Context, authentication.KeyRef) (*publickey.Key, error) {
	return &k.key, nil
}
func (k keyring) LiveKey(context.Context, authentication.KeyRef) (*publickey.Key, bool, error) {
	return &k.key, true, nil
}

// rbac allows the user "app" what software does, the user "shop" everything, and does not know about "slow".
func rbac(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
	if a.GetNamespace() != "acme" || a.GetAPIGroup() != "licensing-operator.dev" || !a.IsResourceRequest() || a.GetName() != "" {
		return authorizer.DecisionDeny, "these are not the attributes of a call", nil
	}
	switch a.GetUser().GetName() {
	case "slow":
		return authorizer.DecisionNoOpinion, "", errors.New("no API server")
	case "shop":
		return authorizer.DecisionAllow, "", nil
	case "app":
		for _, rule := range operations {
			resource, subresource, _ := strings.Cut(rule.resource, "/")
			if rule.by == software && a.GetVerb() == rule.verb && a.GetResource() == resource && a.GetSubresource() == subresource {
				return authorizer.DecisionAllow, "", nil
			}
		}
	}
	return authorizer.DecisionNoOpinion, "", nil
}

func cluster(_ context.Context, token string) (*authenticator.Response, bool, error) {
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {
		return nil, false, err
	}
	name, _ := claims.GetSubject()
	return &authenticator.Response{User: &user.DefaultInfo{Name: name}}, name != "", nil
}

// gate is access control with all around it in the test's hands.
type gate struct {
	AccessControl

	private ed25519.PrivateKey
}

func newGate(t *testing.T) *gate {
	t.Helper()
	seed := sha256.Sum256([]byte(t.Name()))
	private := ed25519.NewKeyFromSeed(seed[:])
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	public, err := publickey.Parse(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	if err != nil {
		t.Fatal(err)
	}
	return &gate{private: private, AccessControl: AccessControl{
		Authenticator: &apikey.Authenticator{
			Keys: keys{"Provisioning/app-secret": apiKey("app"), "Provisioning/cad-secret": apiKey("cad-app", "cad"), "Admin/admin-secret": apiKey("shop")},
			Tokens: &authentication.Authenticator{
				Keys: keyring{public}, Cluster: authenticator.TokenFunc(cluster), Clock: clocktesting.NewFakePassiveClock(start),
			},
		},
		Cluster: &authorization.Authorizer{Cluster: authorizer.AuthorizerFunc(rbac)}, Log: logr.Discard(),
	}}
}

func (g *gate) token(t *testing.T, claims jwt.MapClaims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims).SignedString(g.private)
	if err != nil {
		t.Fatal(err)
	}
	return "Bearer " + token
}

// of is a token of a producer (ADMIN) or of a customer (CLIENT).
func (g *gate) of(t *testing.T, kind string, validFor time.Duration) string {
	return g.token(t, jwt.MapClaims{
		"exp": start.Add(validFor).Unix(), "aud": "5f0c2c9e-7f5d-4c0e-8a57-0c8f3a5d9b10",
		"cnf": map[string]any{"jwk": map[string]any{"kid": "ops", "kty": kind}},
	})
}

// pass has the request pass the gate, and gives the status that it is answered with if it does not, and else 200 and the caller.
func (g *gate) pass(namespace, operation string, header map[string]string) (int, apikey.Caller, error) {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r = r.WithContext(server.WithRequest(r.Context(), server.Route{Tenant: namespace, Version: server.V2}, operation, nil))
	for name, value := range header {
		r.Header.Set(name, value)
	}
	r, _, err := g.Authenticate(r)
	if err == nil {
		r, err = g.Authorize(r)
	}
	if refusal := (*server.Refusal)(nil); errors.As(err, &refusal) {
		return refusal.Status, apikey.Caller{}, err
	}
	if err != nil {
		return http.StatusServiceUnavailable, apikey.Caller{}, err
	}
	return http.StatusOK, CallerOf(r.Context()), nil
}

func TestWhoMayMakeEachCall(t *testing.T) {
	g := newGate(t)
	admin, customer, expired := g.of(t, "ADMIN", time.Hour), g.of(t, "CLIENT", time.Hour), g.of(t, "ADMIN", -time.Hour)
	account := func(name string) string {
		return g.token(t, jwt.MapClaims{"sub": name, "exp": start.Add(time.Hour).Unix()})
	}
	type header map[string]string
	for name, test := range map[string]struct {
		header header
		// What calls for software and calls for producers are answered.
		software, producers int
		caller              string
	}{
		"nobody":                               {header{}, 401, 401, ""},
		"a stranger's key":                     {header{"ProvisioningKey": "x"}, 401, 401, ""},
		"a stranger's admin key":               {header{"AdminKey": "x"}, 401, 401, ""},
		"a provisioning key":                   {header{"ProvisioningKey": "app-secret"}, 200, 403, "provisioning key app"},
		"an admin key":                         {header{"AdminKey": "admin-secret"}, 200, 200, "admin key shop"},
		"both":                                 {header{"ProvisioningKey": "app-secret", "AdminKey": "admin-secret"}, 200, 200, "admin key shop"},
		"a provisioning key and a wrong one":   {header{"ProvisioningKey": "app-secret", "AdminKey": "x"}, 200, 403, "provisioning key app"},
		"an admin key and a wrong one":         {header{"ProvisioningKey": "x", "AdminKey": "admin-secret"}, 200, 200, "admin key shop"},
		"a provisioning key sent as admin key": {header{"AdminKey": "app-secret"}, 401, 401, ""},
		"an admin key sent as provisioning":    {header{"ProvisioningKey": "admin-secret"}, 401, 401, ""},
		"a token for administration":           {header{"Authorization": admin}, 200, 200, "administration key ops"},
		"the same in the header Bearer":        {header{"Bearer": admin}, 200, 200, "administration key ops"},
		"a token for clients":                  {header{"Authorization": customer}, 403, 403, ""},
		"an expired token":                     {header{"Authorization": expired}, 401, 401, ""},
		"an expired token beside a key":        {header{"Authorization": expired, "ProvisioningKey": "app-secret"}, 200, 403, "provisioning key app"},
		"a customer with a key":                {header{"Authorization": customer, "ProvisioningKey": "app-secret"}, 200, 403, "provisioning key app"},
		"an account that may nothing":          {header{"Authorization": account("nobody")}, 403, 403, ""},
		"an account that may provision":        {header{"Authorization": account("app")}, 200, 403, "app"},
		"an account that may everything":       {header{"Bearer": account("shop")}, 200, 200, "shop"},
		"an account with a provisioning key":   {header{"Authorization": account("shop"), "ProvisioningKey": "cad-secret"}, 200, 200, "shop"},
		"a key for a product, and an account that may nothing": {
			header{"Authorization": account("nobody"), "ProvisioningKey": "cad-secret"}, 200, 403, "provisioning key cad-app",
		},
		"an account of which nothing is known now": {header{"Authorization": account("slow")}, 503, 503, ""},
		"the same with a provisioning key":         {header{"Authorization": account("slow"), "ProvisioningKey": "app-secret"}, 200, 503, "provisioning key app"},
		"a key of which nothing is known now":      {header{"AdminKey": "slow"}, 503, 503, ""},
		"the same with one that is known":          {header{"AdminKey": "slow", "ProvisioningKey": "app-secret"}, 200, 503, "provisioning key app"},
	} {
		t.Run(name, func(t *testing.T) {
			for operation, rule := range operations {
				want := test.producers
				if rule.by == software {
					want = test.software
				}
				status, caller, err := g.pass("acme", operation, test.header)
				if status != want {
					t.Errorf("%s: %d, want %d: %v", operation, status, want, err)
				}
				if status == http.StatusOK && caller.String() != test.caller {
					t.Errorf("%s: by %s, want %s", operation, caller, test.caller)
				}
				if elsewhere, _, _ := g.pass("globex", operation, header{"ProvisioningKey": "app-secret", "AdminKey": "admin-secret"}); elsewhere != 401 {
					t.Errorf("%s: %d with the keys of another tenant", operation, elsewhere)
				}
			}
		})
	}
}

func TestAKeyForSomeProductsTellsHandlersSo(t *testing.T) {
	g := newGate(t)
	_, caller, err := g.pass("acme", "addHeartbeat", map[string]string{"ProvisioningKey": "cad-secret"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(apikey.Caller{Kind: apikey.Provisioning, Name: "cad-app", Products: []string{"cad"}}, caller); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRefusalsSayWhatIsMissing(t *testing.T) {
	g := newGate(t)
	account := g.token(t, jwt.MapClaims{"sub": "nobody", "exp": start.Add(time.Hour).Unix()})
	for name, test := range map[string]struct {
		operation string
		header    map[string]string
		want      string
	}{
		"a provisioning key": {
			"addLicenseUser", map[string]string{"ProvisioningKey": "app-secret"},
			"403 Forbidden: the provisioning key app may not call addLicenseUser: it takes the header AdminKey, or a token for administration",
		},
		"a customer": {
			"addLicenseUser", map[string]string{"Authorization": g.of(t, "CLIENT", time.Hour)},
			"403 Forbidden: the client key ops may not call addLicenseUser: it takes a key, or a token for administration",
		},
		"an account": {
			"addLicenseUser", map[string]string{"Authorization": account},
			`403 Forbidden: licenses.licensing-operator.dev is forbidden: User "nobody" cannot create resource "licenses/users" in API group "licensing-operator.dev" in the namespace "acme"`,
		},
		"a call without a rule": {"guess", map[string]string{"AdminKey": "admin-secret"}, `403 Forbidden: nobody may call "guess": there is no rule for it`},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := g.pass("acme", test.operation, test.header)
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestNobodyHasPassedWithoutTheGate(t *testing.T) {
	if caller := CallerOf(t.Context()); caller.Kind != "" || caller.String() != "nobody" {
		t.Errorf("it is %s", caller)
	}
}
