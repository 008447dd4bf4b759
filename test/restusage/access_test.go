package restusage

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

var everyPath = []string{"records", "aggregates", "export", "summary", "totals"}

func TestAClientSeesItsOwnInstanceOnly(t *testing.T) {
	t.Parallel()
	p := newProducer(t, "own", 2)
	mine, theirs := p.customers[0], p.customers[1]
	const secret = "their secret user"
	p.uses(t, mine, "my user", "PhotoPrint", 1)
	p.uses(t, theirs, secret, "CADPrint", 2)
	session := p.session(t, theirs, secret)
	records := p.settled(t)
	token := system.Client.ClientToken(mine.id)

	var transaction string
	own := map[string]usage.Record{}
	for id, record := range records {
		if record.Instance == mine.name {
			own[id] = record
		} else {
			transaction = record.TransactionID
		}
	}
	same(t, "without a filter", own, lines(t, p.as(t, token, "GET", "/usage/v1/export", "", http.StatusOK)))
	for _, filter := range []string{
		encoded("requester", secret), encoded("item", "CADPrint"), encoded("lineItem", theirs.activationID), encoded("session", session),
		encoded("transactionId", transaction), encoded("kind", "Refund"), encoded("requester", secret, "instanceId", mine.id),
		encoded("instanceId", mine.id, "instance", mine.name, "session", session),
	} {
		for _, path := range []string{"records", "export"} {
			if answer := p.as(t, token, "GET", "/usage/v1/"+path+"?"+filter, "", http.StatusOK); strings.Contains(string(answer), theirs.name) || strings.Contains(string(answer), secret) {
				t.Errorf("%s?%s: %s", path, filter, answer)
			}
		}
		if answer := p.as(t, token, "GET", "/usage/v1/aggregates?by=instance,requester,item&"+filter, "", http.StatusOK); !strings.Contains(string(answer), `"buckets":[]`) {
			t.Errorf("aggregates?%s: %s", filter, answer)
		}
	}
	for _, path := range everyPath {
		for _, filter := range []url.Values{
			{"instanceId": {theirs.id}}, {"instance": {theirs.name}}, {"instanceId": {mine.id, theirs.id}}, {"instance": {mine.name, theirs.name}},
			{"instanceId": {mine.id}, "instance": {theirs.name}}, {"instanceId": {"11111111-1111-4111-8111-111111111111"}}, {"instance": {"no-such-instance"}},
		} {
			p.as(t, token, "GET", "/usage/v1/"+path+"?"+filter.Encode(), "", http.StatusForbidden)
		}
		p.as(t, "garbage", "GET", "/usage/v1/"+path, "", http.StatusUnauthorized)
	}
	summary := string(p.as(t, token, "GET", "/usage/v1/summary", "", http.StatusOK))
	if !strings.Contains(summary, mine.name) || strings.Contains(summary, theirs.name) || strings.Contains(summary, theirs.id) {
		t.Errorf("the summary is %s", summary)
	}
	elsewhere := newProducer(t, "elsewhere", 1)
	if answer := elsewhere.as(t, token, "GET", "/usage/v1/export", "", http.StatusOK); len(answer) > 0 {
		t.Errorf("in another namespace it sees %s", answer)
	}
}

func TestServiceAccountsSeeWhatTheirRolesSay(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"rest_caller_roles.yaml", "viewer_role.yaml"} {
		if err := system.Apply(t.Context(), filepath.Join("..", "..", "config", "rbac", file)); err != nil {
			t.Fatal(err)
		}
	}
	p := newProducer(t, "roles", 2)
	own, other := p.customers[0], p.customers[1]
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: "one-customer"}, Rules: []rbacv1.PolicyRule{{
		APIGroups: []string{"licensing-operator.dev"}, Resources: []string{"usagerecords"}, Verbs: []string{"get"}, ResourceNames: []string{own.name},
	}}}
	if err := p.Client.Create(t.Context(), role); err != nil {
		t.Fatal(err)
	}
	tokens := map[string]string{
		"nobody":   p.ServiceAccount(t, "nobody", rbacv1.RoleRef{}),
		"client":   p.ServiceAccount(t, "client", rbacv1.RoleRef{Kind: "ClusterRole", Name: "licensing-client"}),
		"viewer":   p.ServiceAccount(t, "viewer", rbacv1.RoleRef{Kind: "ClusterRole", Name: "licensing-usage-viewer"}),
		"people":   p.ServiceAccount(t, "people", rbacv1.RoleRef{Kind: "ClusterRole", Name: "licensing-operator-viewer"}),
		"producer": p.ServiceAccount(t, "producer", rbacv1.RoleRef{Kind: "ClusterRole", Name: "licensing-producer"}),
		"confined": p.ServiceAccount(t, "confined", rbacv1.RoleRef{Kind: "Role", Name: "one-customer"}),
	}
	stranger := newProducer(t, "strangers", 0)
	tokens["stranger"] = stranger.ServiceAccount(t, "viewer", rbacv1.RoleRef{Kind: "ClusterRole", Name: "licensing-usage-viewer"})
	for who, query := range map[string]string{"viewer": "", "people": "", "producer": "", "confined": encoded("instance", own.name)} {
		cluster.Eventually(t, who+" to be let in", func(ctx context.Context) error {
			_, _, err := p.try(ctx, "GET", "/usage/v1/records?"+query, tokens[who], "", http.StatusOK)
			return err
		})
	}
	for who, allowed := range map[string][3]bool{ // everything, the own instance, the other one
		"nobody": {}, "client": {}, "stranger": {}, "confined": {false, true, false},
		"viewer": {true, true, true}, "people": {true, true, true}, "producer": {true, true, true},
	} {
		for i, filters := range [][]string{{""}, {encoded("instanceId", own.id), encoded("instance", own.name)}, {
			encoded("instanceId", other.id), encoded("instance", other.name), encoded("instance", own.name, "instance", other.name),
		}} {
			status := http.StatusForbidden
			if allowed[i] {
				status = http.StatusOK
			}
			for _, filter := range filters {
				for _, path := range everyPath[:4] {
					if _, _, err := p.try(t.Context(), "GET", "/usage/v1/"+path+"?"+filter, tokens[who], "", status); err != nil {
						t.Errorf("%s: %v", who, err)
					}
				}
			}
		}
	}
}

func TestTheSummaryIsWhatKubectlAndTheLedgerSay(t *testing.T) {
	t.Parallel()
	p := newProducer(t, "summary", 2)
	c := p.customers[0]
	p.uses(t, c, "lisa", "PhotoPrint", 3)
	p.uses(t, c, "lisa", "CADPrint", 100)
	p.settled(t)
	type figure struct {
		Value  json.Number
		Source string
	}
	var summary struct {
		Instances []struct {
			Instance, InstanceID string
			LineItems            []struct {
				ActivationID                        string
				Entitled, Used, Available, BurnRate figure
				Exhausted                           struct{ Time string }
			}
			Sessions struct{ Active, Idle figure }
			Ledger   struct {
				Healthy  bool
				Sequence int64
			}
		}
		Next int
	}
	read := func(query string) {
		summary.Instances = nil
		if err := json.Unmarshal(p.call(t, "GET", "/usage/v1/summary?"+query, "", http.StatusOK), &summary); err != nil {
			t.Fatal(err)
		}
	}
	read("windowHours=24&instanceId=" + c.id)
	if len(summary.Instances) != 1 || len(summary.Instances[0].LineItems) != 1 {
		t.Fatalf("%+v", summary)
	}
	lineItem, of := summary.Instances[0].LineItems[0], summary.Instances[0]
	// 3 at 0.333333 and 100 at 7, all of it in the last day. What is left of 5000 lasts for 6.13 more such days.
	for name, test := range map[string]struct{ got, want string }{
		"entitled": {lineItem.Entitled.Value.String(), "5000"}, "used": {lineItem.Used.Value.String(), "700.999999"},
		"available": {lineItem.Available.Value.String(), "4299.000001"}, "burn rate": {lineItem.BurnRate.Value.String(), "700.999999"},
		"id": {of.InstanceID, c.id}, "name": {of.Instance, c.name}, "active": {of.Sessions.Active.Value.String(), "0"},
	} {
		if test.got != test.want {
			t.Errorf("%s is %s, want %s", name, test.got, test.want)
		}
	}
	if lineItem.Exhausted.Time == "" || !of.Ledger.Healthy || of.Ledger.Sequence < 2 || !strings.Contains(lineItem.Used.Source, "configmaps/account.") {
		t.Errorf("%+v", of)
	}
	var seen []string
	for summary.Next = 0; len(seen) == 0 || summary.Next > 0; {
		read("size=1&next=" + strconv.Itoa(summary.Next))
		for _, instance := range summary.Instances {
			seen = append(seen, instance.InstanceID)
		}
	}
	if len(seen) != 2 || seen[0] == seen[1] {
		t.Errorf("page by page there are %v", seen)
	}
}
