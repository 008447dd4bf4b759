package apikeys

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/uuid"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/openapi"
	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/authentication/apikey"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/authorization"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/restv2"
)

// unobserved is for whom nobody counts.
type unobserved struct{}

func (unobserved) Began()                                    {}
func (unobserved) Served(string, string, int, time.Duration) {}
func (unobserved) Rejected(string)                           {}
func (unobserved) Panicked(string)                           {}
func (unobserved) Serves(string, []string)                   {}

// serve is the chain of an operator; in place of the handlers somebody answers who called.
func serve(t *testing.T) *httptest.Server {
	t.Helper()
	contract, err := server.NewContract(map[server.Version][]byte{server.V11: openapi.V11(), server.V2: openapi.V2()})
	if err != nil {
		t.Fatal(err)
	}
	reviewer, err := authentication.NewAccessReviewer(clients.AuthorizationV1())
	if err != nil {
		t.Fatal(err)
	}
	access := &restv2.AccessControl{
		Authenticator: &apikey.Authenticator{
			Keys: apikey.NewKeys(informers, live, clock.RealClock{}),
			Tokens: &authentication.Authenticator{
				Keys:    authentication.NewAccessKeys(informers, live, clock.RealClock{}),
				Cluster: authentication.NewTokenReviewer(clients.AuthenticationV1().TokenReviews(), nil), Clock: clock.RealClock{},
			},
		},
		Cluster: &authorization.Authorizer{Cluster: reviewer}, Log: logr.Discard(),
	}
	who := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, "%q\n", server.OperationOf(r.Context())+" by "+restv2.CallerOf(r.Context()).String())
	})
	served := httptest.NewServer(server.Handler(server.Options{
		Contract: contract, Tenancy: server.Tenancy{Vendor: store.Vendor},
		V2:   &server.Surface{Handler: who, Authenticate: access.Authenticate, Authorize: access.Authorize},
		Sign: restv2.SignWith(keys), MaxInFlight: 64, MaxBodyBytes: 1 << 20,
		Clock: clock.RealClock{}, Log: logr.Discard(), Observer: unobserved{},
	}, http.NotFoundHandler()))
	t.Cleanup(served.Close)
	return served
}

// caller calls a vendor, and verifies what it is answered.
type caller struct {
	base   string
	public func() string
	client *http.Client
}

// call gives status and body.
func (c caller) call(t *testing.T, method, path string, header map[string]string) string {
	t.Helper()
	nonce := []byte("sixteen bytes.\x00\xff")
	request, err := http.NewRequestWithContext(t.Context(), method, c.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Nonce", base64.StdEncoding.EncodeToString(nonce))
	request.Header.Set("Accept-Encoding", "utf-8")
	for name, value := range header {
		request.Header.Set(name, value)
	}
	answer, err := c.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(c.public(), body, answer.Header.Get("x-slascone-signature")); err != nil {
		t.Errorf("%d %s: the signature: %v", answer.StatusCode, body, err)
	}
	if err := verify(c.public(), nonce, answer.Header.Get("X-Nonce-Signature")); err != nil {
		t.Errorf("%d %s: the signature of the nonce: %v", answer.StatusCode, body, err)
	}
	if !strings.Contains(answer.Header.Get("Content-Type"), "application/json") {
		t.Errorf("%d is %s", answer.StatusCode, answer.Header.Get("Content-Type"))
	}
	if answer.StatusCode == http.StatusOK {
		return strings.Trim(strings.TrimSpace(string(body)), `"`)
	}
	return fmt.Sprint(answer.StatusCode)
}

func serviceAccount(t *testing.T, namespace, name, role string) (token string) {
	t.Helper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}},
	}
	for _, object := range []client.Object{account, binding} {
		if err := admin.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	administration, err := kubernetes.NewForConfig(plane.Config)
	if err != nil {
		t.Fatal(err)
	}
	request, err := administration.CoreV1().ServiceAccounts(namespace).CreateToken(t.Context(), name, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return "Bearer " + request.Status.Token
}

func TestCallsWithKeys(t *testing.T) {
	t.Parallel()
	if err := applyRole(t.Context(), "../../config/rbac/rest_caller_roles.yaml"); err != nil {
		t.Fatal(err)
	}
	tenant, stranger := newNamespace(t, "calls"), newNamespace(t, "calls")
	namespace, id := tenant.Name, uuid.NewString()
	save(t, namespace, "app", v1alpha1.ProvisioningAPIKey, "app-secret")
	save(t, namespace, "shop", v1alpha1.AdminAPIKey, "shop-secret")
	change(t, save(t, namespace, "old", v1alpha1.AdminAPIKey, "old-secret"), func(k *v1alpha1.APIKey) { k.Spec.Disabled = new(true) })
	save(t, stranger.Name, "theirs", v1alpha1.AdminAPIKey, "their-secret")
	software, producer := serviceAccount(t, namespace, "app", "licensing-provisioning"), serviceAccount(t, namespace, "shop", "licensing-producer")
	configure(t, namespace, v1alpha1.TenantConfigurationSpec{VendorID: id})
	eventually(t, "the id", namespace, vendor(t, id))
	c := caller{
		base: serve(t).URL + "/api/v2/isv/" + id, client: http.DefaultClient,
		public: func() string { _, public := current(t, keys, namespace); return public },
	}
	const license = "/licenses/5f0c2c9e-7f5d-4c0e-8a57-0c8f3a5d9b10"
	account := "system:serviceaccount:" + namespace + ":app"
	for name, test := range map[string]struct {
		header         map[string]string
		get, listUsers string
	}{
		"nobody":              {nil, "401", "401"},
		"a provisioning key":  {map[string]string{"ProvisioningKey": "app-secret"}, "getLicense by provisioning key app", "403"},
		"an admin key":        {map[string]string{"AdminKey": "shop-secret"}, "getLicense by admin key shop", "listLicenseUsers by admin key shop"},
		"both":                {map[string]string{"ProvisioningKey": "app-secret", "AdminKey": "shop-secret"}, "getLicense by admin key shop", "listLicenseUsers by admin key shop"},
		"one that is off":     {map[string]string{"AdminKey": "old-secret"}, "401", "401"},
		"a stranger's":        {map[string]string{"AdminKey": "their-secret"}, "401", "401"},
		"in the other header": {map[string]string{"AdminKey": "app-secret"}, "401", "401"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.call(t, http.MethodGet, license, test.header); got != test.get {
				t.Errorf("getLicense: %s, want %s", got, test.get)
			}
			if got := c.call(t, http.MethodGet, license+"/users", test.header); got != test.listUsers {
				t.Errorf("listLicenseUsers: %s, want %s", got, test.listUsers)
			}
		})
	}
	t.Run("ServiceAccounts", func(t *testing.T) {
		// The API server hears of roles a moment after they are made.
		eventually(t, "software", "getLicense by "+account, func() string {
			return c.call(t, http.MethodGet, license, map[string]string{"Authorization": software})
		})
		if got := c.call(t, http.MethodGet, license+"/users", map[string]string{"Authorization": software}); got != "403" {
			t.Errorf("software lists users: %s", got)
		}
		eventually(t, "a producer", "listLicenseUsers by system:serviceaccount:"+namespace+":shop", func() string {
			return c.call(t, http.MethodGet, license+"/users", map[string]string{"Bearer": producer})
		})
	})
	t.Run("other refusals", func(t *testing.T) {
		header := map[string]string{"AdminKey": "shop-secret"}
		for path, want := range map[string]string{"/licenses/x": "400", "/nothing": "404"} {
			if got := c.call(t, http.MethodGet, path, header); got != want {
				t.Errorf("GET %s: %s, want %s", path, got, want)
			}
		}
		if got := c.call(t, http.MethodPut, license, header); got != "405" {
			t.Errorf("PUT: %s", got)
		}
	})
}
