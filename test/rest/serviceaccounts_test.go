package rest

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/licensing-operator/licensing-operator/test/cluster"
)

// The roles that callers inside the cluster are given.
const (
	producerRole = "licensing-producer"
	adminRole    = "licensing-customer-administrator"
	clientRole   = "licensing-client"
)

// token is that of a ServiceAccount with a ClusterRole in the namespace, or without one.
func (p *producer) token(t *testing.T, name, role string) string {
	t.Helper()
	return p.ServiceAccount(t, name, rbacv1.RoleRef{Kind: "ClusterRole", Name: role})
}

// operation is a call, and which roles allow it. All requests but reads are such that they change nothing when allowed,
// so that the callers can make them one after the other: they are about something that is not there, or are bad.
type operation struct {
	name, method, path, body string
	allowed                  int
	roles                    []string
}

func operations(instance, session string) []operation {
	everybody := []string{producerRole, adminRole, clientRole}
	rulers := []string{producerRole, adminRole}
	sellers := []string{producerRole}
	one := "/provisioning/api/v1.1/instances/" + instance
	api := "/api/v1.1/instances/" + instance
	actions := api + "/line-items/" + cluster.ActivationID + "/actions"
	noItems := `{"requester":{"type":"user","value":"x"},"requestedItems":[{"item":"Nothing","count":1}]`
	return []operation{
		{"createRateTable", "POST", "/provisioning/api/v1.1/rate-tables", `{}`, 400, sellers},
		{"listRateTables", "GET", "/provisioning/api/v1.1/rate-tables", "", 200, sellers},
		{"deleteRateTable", "DELETE", "/provisioning/api/v1.1/rate-tables?version=none", "", 404, sellers},
		{"listInstances", "GET", "/provisioning/api/v1.1/instances", "", 200, sellers},
		{"createInstance", "POST", "/provisioning/api/v1.1/instances", `{}`, 400, sellers},
		{"getInstance", "GET", one, "", 200, sellers},
		{"listLineItems", "GET", one + "/line-items", "", 200, everybody},
		{"putLineItem", "PUT", one + "/line-items", `{}`, 400, sellers},
		{"getLineItem", "GET", one + "/line-items/" + cluster.ActivationID, "", 200, everybody},
		{"deleteLineItem", "DELETE", one + "/line-items/none", "", 404, sellers},
		{"requestAccess", "POST", "/elastic/api/v1.1/instances/" + instance + "/access-request", noItems + "}", 200, everybody},
		{"createSession", "POST", "/api/v1.1/sessions", fmt.Sprintf(`{"instanceId":%q}`, instance), 200, everybody},
		{"listSessions", "GET", "/api/v1.1/sessions?instanceId=" + instance, "", 200, everybody},
		{"getSession", "GET", "/api/v1.1/sessions/" + session, "", 200, everybody},
		{"requestSessionAccess", "PUT", "/api/v1.1/sessions/" + session, noItems + `,"rollbackOnDeny":true}`, 409, everybody},
		{"sendHeartbeat", "GET", "/api/v1.1/sessions/" + session + "/heartbeat", "", 204, everybody},
		{"getConfiguration", "GET", "/provisioning/api/v1.1/configuration", "", 200, sellers},
		{"changeConfiguration", "PATCH", "/provisioning/api/v1.1/configuration", `[]`, 400, sellers},
		{"saveAdministrationKeys", "PUT", "/provisioning/api/v1.1/administration-keys", `[]`, 400, sellers},
		{"deleteAdministrationKey", "DELETE", "/provisioning/api/v1.1/administration-keys/none", "", 404, sellers},
		{"saveClientKeys", "PUT", "/provisioning/api/v1.1/client-keys", `[]`, 400, sellers},
		{"deleteClientKey", "DELETE", "/provisioning/api/v1.1/client-keys/none", "", 404, sellers},
		{"listPublicKeys", "GET", "/provisioning/api/v1.1/public-keys", "", 200, sellers},
		{"listConditions", "GET", api + "/conditions", "", 200, rulers},
		{"createConditions", "POST", api + "/conditions", `{}`, 400, rulers},
		{"updateConditions", "PATCH", api + "/conditions", `{}`, 400, rulers},
		{"deleteCondition", "DELETE", api + "/conditions/none", "", 404, rulers},
		{"deleteConditions", "DELETE", api + "/conditions", "", 204, rulers},
		{"createActions", "POST", actions, `{}`, 400, rulers},
		{"getActions", "GET", actions, "", 200, rulers},
		{"replaceActions", "PUT", actions, `{}`, 400, rulers},
		{"deleteActions", "DELETE", actions, "", 204, rulers},
		{"listActions", "GET", api + "/line-items/actions", "", 200, rulers},
		{"closeSession", "DELETE", "/api/v1.1/sessions/" + session, "", 204, everybody},
	}
}

// TestServiceAccountsMayDoWhatTheirRolesSay asks for every operation as every kind of ServiceAccount.
func TestServiceAccountsMayDoWhatTheirRolesSay(t *testing.T) {
	t.Parallel()
	if err := system.Apply(t.Context(), filepath.Join("..", "..", "config", "rbac", "rest_caller_roles.yaml")); err != nil {
		t.Fatal(err)
	}
	p := newProducer(t, "callers")
	p.Sells(t, 1000)
	instance := p.instanceID(t)
	session := p.client(t, instance, "POST", "/api/v1.1/sessions", fmt.Sprintf(`{"instanceId":%q}`, instance)).want(200).field("sessionId")
	tokens := map[string]string{"": p.token(t, "nobody", "")}
	for _, role := range []string{producerRole, adminRole, clientRole} {
		tokens[role] = p.token(t, role, role)
	}
	elsewhere := newProducer(t, "elsewhere").token(t, "producer", producerRole)
	p.awaitRole(t, tokens[producerRole])
	for _, o := range operations(instance, session) {
		t.Run(o.name, func(t *testing.T) {
			try := func(who, token string, status int) {
				c := p.admin(t, o.method, o.path, o.body)
				c.token = token
				if got := c.do(); got.status != status {
					t.Errorf("by %s: %s, want %d", who, got, status)
				}
			}
			try("a ServiceAccount without a role", tokens[""], 403)
			try("a producer of another namespace", elsewhere, 403)
			try("garbage", "x", 401)
			for _, role := range []string{clientRole, adminRole, producerRole} {
				status := 403
				if slices.Contains(o.roles, role) {
					status = o.allowed
				}
				try(role, tokens[role], status)
			}
		})
	}
}

// awaitRole waits until the API server acts on the binding.
func (p *producer) awaitRole(t *testing.T, token string) {
	t.Helper()
	c := p.admin(t, "GET", "/provisioning/api/v1.1/rate-tables", "")
	c.token = token
	cluster.Eventually(t, "the role to count", c.wants(200, ""))
}
