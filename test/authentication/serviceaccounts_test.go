package authentication

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/authorization"
)

// Two instances of the tenant, with a session on each.
const (
	europe  = "5f0c2c9e-7f5d-4c0e-8a57-0c8f3a5d9b10"
	america = "9b1a3f60-2b53-4c0b-9a0e-1d0e7c1f2a34"

	sessionInEurope  = "aaaaaaaa-0000-4000-8000-000000000001"
	sessionInAmerica = "aaaaaaaa-0000-4000-8000-000000000002"
)

type instances struct{}

func (instances) InstanceObject(_ context.Context, id string) (string, error) {
	switch id {
	case europe:
		return "europe", nil
	case america:
		return "america", nil
	}
	return "", &tenant.Error{Reason: tenant.InstanceNotFound, Problems: []string{"there is none"}}
}

func (instances) InstanceOfSession(_ context.Context, id string) (string, error) {
	switch id {
	case sessionInEurope:
		return europe, nil
	case sessionInAmerica:
		return america, nil
	}
	return "", &tenant.Error{Reason: tenant.SessionNotFound, Problems: []string{"there is none"}}
}

// newNamespace is a tenant of its own, named after the test.
func newNamespace(t *testing.T, prefix string) string {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: prefix + "-"}}
	if err := admin.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	return namespace.Name
}

// newServiceAccount gives the account's name as the API server knows it, and a token of it for the audiences.
func newServiceAccount(t *testing.T, namespace, name string, audiences ...string) (user, token string) {
	t.Helper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	if err := admin.Create(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{Audiences: audiences}}
	request, err := clients.CoreV1().ServiceAccounts(namespace).CreateToken(t.Context(), name, request, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return "system:serviceaccount:" + namespace + ":" + name, request.Status.Token
}

// grant lets a subject do what the rule says, in the namespace.
func grant(t *testing.T, namespace, name string, subject rbacv1.Subject, rule rbacv1.PolicyRule) {
	t.Helper()
	rule.APIGroups = []string{"licensing-operator.dev"}
	meta := metav1.ObjectMeta{Namespace: namespace, Name: name}
	if err := admin.Create(t.Context(), &rbacv1.Role{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{rule}}); err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: meta, Subjects: []rbacv1.Subject{subject},
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
	}
	if err := admin.Create(t.Context(), binding); err != nil {
		t.Fatal(err)
	}
}

func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

func authenticate(t *testing.T, by *authentication.Authenticator, namespace, token string) authentication.Caller {
	t.Helper()
	caller, err := by.Authenticate(t.Context(), namespace, bearer(token))
	if err != nil {
		t.Fatal(err)
	}
	return caller
}

func authorize(t *testing.T, caller authentication.Caller, namespace string, call authorization.Call) error {
	t.Helper()
	call.Namespace, call.Instances = namespace, instances{}
	_, err := (&authorization.Authorizer{Cluster: access}).Authorize(t.Context(), caller, call)
	if refusal := (*authorization.Refusal)(nil); err != nil && !errors.As(err, &refusal) {
		t.Fatal(err)
	}
	return err
}

// mustBecomeAllowed waits for the roles, which the API server hears of a moment after they are made.
func mustBecomeAllowed(t *testing.T, caller authentication.Caller, namespace string, call authorization.Call) {
	t.Helper()
	var err error
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if err = authorize(t, caller, namespace, call); err == nil {
			return
		}
	}
	t.Fatalf("%s never became allowed: %v", call.OperationID, err)
}

func mustBeForbidden(t *testing.T, caller authentication.Caller, namespace string, call authorization.Call, want string) {
	t.Helper()
	if err := authorize(t, caller, namespace, call); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: got %v, want %s", call.OperationID, err, want)
	}
}

func TestAServiceAccountMayDoWhatItsRolesSay(t *testing.T) {
	t.Parallel()
	namespace := newNamespace(t, "roles")
	user, token := newServiceAccount(t, namespace, "build")
	caller := authenticate(t, newAuthenticator(informers), namespace, token)
	if caller.Kind != authentication.ServiceAccount || caller.Name != user {
		t.Fatalf("the caller is %+v", caller)
	}
	mustBeForbidden(t, caller, namespace, authorization.Call{OperationID: "requestAccess", InstanceID: europe},
		`instances.licensing-operator.dev is forbidden: User "`+user+`" cannot create resource "instances/accessrequests" `+
			`in API group "licensing-operator.dev" in the namespace "`+namespace+`"`)

	account := rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: "build"}
	grant(t, namespace, "one-instance", account, rbacv1.PolicyRule{
		Resources: []string{"instances/accessrequests", "instances/sessions"}, ResourceNames: []string{"europe"}, Verbs: []string{"create", "update"},
	})
	grant(t, namespace, "all-instances", account, rbacv1.PolicyRule{Resources: []string{"instances/sessions"}, Verbs: []string{"list"}})

	for _, call := range []authorization.Call{
		{OperationID: "requestAccess", InstanceID: europe},
		{OperationID: "createSession", BodyInstanceID: func() (string, error) { return europe, nil }},
		{OperationID: "sendHeartbeat", SessionID: sessionInEurope},
		{OperationID: "listSessions", InstanceID: america},
		{OperationID: "getSession", SessionID: america},
		{OperationID: "listSessions"},
	} {
		mustBecomeAllowed(t, caller, namespace, call)
	}
	for _, call := range []authorization.Call{
		{OperationID: "requestAccess", InstanceID: america},
		{OperationID: "createSession", BodyInstanceID: func() (string, error) { return america, nil }},
		{OperationID: "sendHeartbeat", SessionID: sessionInAmerica},
		{OperationID: "sendHeartbeat", SessionID: europe},
		{OperationID: "getSession", SessionID: sessionInEurope},
		{OperationID: "closeSession", SessionID: sessionInEurope},
		{OperationID: "listRateTables"},
	} {
		mustBeForbidden(t, caller, namespace, call, "is forbidden: User")
	}
	other := newNamespace(t, "roles")
	mustBeForbidden(t, caller, other, authorization.Call{OperationID: "listSessions"}, `in the namespace "`+other+`"`)
}

func TestGroupsOfServiceAccountsCount(t *testing.T) {
	t.Parallel()
	namespace := newNamespace(t, "groups")
	_, token := newServiceAccount(t, namespace, "build")
	grant(t, namespace, "everybody-here", rbacv1.Subject{Kind: rbacv1.GroupKind, APIGroup: rbacv1.GroupName, Name: "system:serviceaccounts:" + namespace},
		rbacv1.PolicyRule{Resources: []string{"tenantconfigurations"}, ResourceNames: []string{"default"}, Verbs: []string{"get"}})
	caller := authenticate(t, newAuthenticator(informers), namespace, token)
	mustBecomeAllowed(t, caller, namespace, authorization.Call{OperationID: "getConfiguration"})
	mustBeForbidden(t, caller, namespace, authorization.Call{OperationID: "changeConfiguration"}, `cannot patch resource "tenantconfigurations"`)
}

func TestTokensAreForAudiences(t *testing.T) {
	t.Parallel()
	namespace := newNamespace(t, "audiences")
	_, forAPIServer := newServiceAccount(t, namespace, "kubectl")
	_, forUs := newServiceAccount(t, namespace, "app", "licensing")
	open, strict := newAuthenticator(informers), newAuthenticator(informers, "licensing")
	authenticate(t, open, namespace, forAPIServer)
	authenticate(t, strict, namespace, forUs)
	for name, test := range map[string]struct {
		by    *authentication.Authenticator
		token string
	}{
		"for us, shown to one who takes the API server's": {open, forUs},
		"for the API server, shown to one who takes ours": {strict, forAPIServer},
		"damaged": {open, forAPIServer[:len(forAPIServer)-8] + "AAAAAAAA"},
	} {
		_, err := test.by.Authenticate(t.Context(), namespace, bearer(test.token))
		if refusal := (*authentication.Refusal)(nil); !errors.As(err, &refusal) {
			t.Errorf("a token %s: %v", name, err)
		}
	}
}

func TestATokenEndsWithItsServiceAccount(t *testing.T) {
	t.Parallel()
	namespace := newNamespace(t, "deleted")
	_, token := newServiceAccount(t, namespace, "build")
	authenticate(t, newAuthenticator(informers), namespace, token)
	if err := clients.CoreV1().ServiceAccounts(namespace).Delete(t.Context(), "build", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	var err error
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		// A new one each time has nothing remembered.
		if _, err = newAuthenticator(informers).Authenticate(t.Context(), namespace, bearer(token)); err != nil {
			break
		}
	}
	if refusal := (*authentication.Refusal)(nil); !errors.As(err, &refusal) {
		t.Errorf("got %v", err)
	}
}
