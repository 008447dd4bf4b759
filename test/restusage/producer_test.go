package restusage

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

// producer is one with a namespace of its own and some customers.
type producer struct {
	cluster.Producer

	customers []customer
}

// customer is an instance with a line item.
type customer struct{ id, name, activationID string }

// newProducer has customers, each of whom bought tokens.
func newProducer(t *testing.T, name string, customers int) *producer {
	t.Helper()
	p := &producer{Producer: shared.NewProducer(t, name, nil)}
	if err := system.AddKeys(t.Context(), p.Namespace); err != nil {
		t.Fatal(err)
	}
	cluster.Eventually(t, "the keys to be known", func(ctx context.Context) error {
		_, _, err := p.try(ctx, "GET", "/provisioning/api/v1.1/public-keys", system.Admin.AdminToken(), "", 200)
		return err
	})
	p.call(t, "POST", "/provisioning/api/v1.1/rate-tables", `{"series":"Apps","version":"1","items":[
		{"name":"PhotoPrint","version":"1.0","rate":0.333333},{"name":"CADPrint","version":"2.0","rate":7},{"name":"Rare, and dear","rate":1000000}]}`, 201)
	for i := range customers {
		var created struct {
			ID string
		}
		answer := p.call(t, "POST", "/provisioning/api/v1.1/instances", fmt.Sprintf(`{"accountId":"%s-%d","shortName":"%s-%d"}`, name, i, name, i), 201)
		if err := json.Unmarshal(answer, &created); err != nil || created.ID == "" {
			t.Fatalf("%v in %s", err, answer)
		}
		c := customer{id: created.ID, activationID: fmt.Sprintf("%s-ACT-%d", p.Namespace, i)}
		p.call(t, "PUT", "/provisioning/api/v1.1/instances/"+c.id+"/line-items", fmt.Sprintf(`{"activationId":%q,"state":"DEPLOYED","quantity":5000,
			"start":1695772800000,"end":253402300799000,"attributes":{"elastic":true,"rateTableSeries":"Apps"}}`, c.activationID), 201)
		c.name = p.nameOf(t, c.id)
		p.customers = append(p.customers, c)
	}
	return p
}

// nameOf is the name of the Instance object, as the summary tells it.
func (p *producer) nameOf(t *testing.T, id string) (name string) {
	t.Helper()
	cluster.Eventually(t, "the instance to be in the summary", func(ctx context.Context) error {
		answer, _, err := p.try(ctx, "GET", "/usage/v1/summary?instanceId="+id, system.Admin.AdminToken(), "", 200)
		if err != nil {
			return err
		}
		var summary struct{ Instances []struct{ Instance string } }
		if err := json.Unmarshal(answer, &summary); err != nil {
			return err
		}
		if len(summary.Instances) != 1 {
			return fmt.Errorf("%s", answer)
		}
		name = summary.Instances[0].Instance
		return nil
	})
	return name
}

// try gives an answer and its trailers, and an error for one of another status.
func (p *producer) try(ctx context.Context, method, path, token, body string, status int) ([]byte, http.Header, error) {
	request, err := http.NewRequestWithContext(ctx, method, system.Replicas[0].URL+"/namespaces/"+p.Namespace+path, strings.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != status {
		err = fmt.Errorf("%s %s: %s %.500s, want %d", method, path, response.Status, answer, status)
	}
	return answer, response.Trailer, err
}

// call is one by the producer's own system.
func (p *producer) call(t *testing.T, method, path, body string, status int) []byte {
	t.Helper()
	return p.as(t, system.Admin.AdminToken(), method, path, body, status)
}

func (p *producer) as(t *testing.T, token, method, path, body string, status int) []byte {
	t.Helper()
	answer, _, err := p.try(t.Context(), method, path, token, body, status)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// versions are those of the items with a price.
var versions = map[string]string{"PhotoPrint": "1.0", "CADPrint": "2.0"}

// uses charges a customer for an item.
func (p *producer) uses(t *testing.T, c customer, requester, item string, count float64) {
	t.Helper()
	p.usesFor(t.Context(), t, c, requester, item, count)
}

func (p *producer) usesFor(ctx context.Context, t *testing.T, c customer, requester, item string, count float64) {
	t.Helper()
	asked := map[string]any{"item": item, "count": count, "metaData": map[string]any{"document": requester, "pages": 3.10}}
	if version := versions[item]; version != "" {
		asked["version"] = version
	}
	body, err := json.Marshal(map[string]any{
		"requester": map[string]string{"type": "user", "value": requester}, "requestedItems": []any{asked},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.try(ctx, "POST", "/elastic/api/v1.1/instances/"+c.id+"/access-request", system.Admin.AdminToken(), string(body), 200); err != nil {
		t.Error(err)
	}
}

// session holds an item for a while, and gives back what is left.
func (p *producer) session(t *testing.T, c customer, requester string) (id string) {
	t.Helper()
	id = p.opens(t, c, requester)
	p.call(t, "DELETE", "/api/v1.1/sessions/"+id, "", 204)
	return id
}

// opens holds an item until the session ends.
func (p *producer) opens(t *testing.T, c customer, requester string) (id string) {
	t.Helper()
	var created struct{ SessionID string }
	answer := p.call(t, "POST", "/api/v1.1/sessions", fmt.Sprintf(`{"instanceId":%q}`, c.id), 200)
	if err := json.Unmarshal(answer, &created); err != nil {
		t.Fatal(err)
	}
	p.call(t, "PUT", "/api/v1.1/sessions/"+created.SessionID, fmt.Sprintf(
		`{"requester":{"type":"user","value":%q},"requestedItems":[{"item":"CADPrint","version":"2.0","count":1.5}],"rollbackOnDeny":true}`, requester), 200)
	return created.SessionID
}

// committed are the records of what the ledger committed on a customer, by the log that the operator writes beside the
// store.
func (p *producer) committed(t *testing.T, c customer) map[string]usage.Record {
	t.Helper()
	account := ledger.AccountID{Namespace: p.Namespace, Name: c.name}
	transactions, err := system.Recorded(account)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]usage.Record{}
	for _, transaction := range transactions {
		for _, record := range usage.RecordsOf(account, transaction) {
			all[record.ID] = record
		}
	}
	return all
}

// settled waits until everything that was committed on the customers is exported, and gives that.
func (p *producer) settled(t *testing.T) map[string]usage.Record {
	t.Helper()
	var want map[string]usage.Record
	cluster.Eventually(t, "all records to be exported", func(ctx context.Context) error {
		if err := p.nothingOpen(ctx); err != nil {
			return err
		}
		want = map[string]usage.Record{}
		for _, c := range p.customers {
			for id, record := range p.committed(t, c) {
				want[id] = record
			}
		}
		answer, _, err := p.try(ctx, "GET", "/usage/v1/aggregates", system.Admin.AdminToken(), "", 200)
		if err != nil {
			return err
		}
		var sums struct{ Buckets []struct{ Records int } }
		if err := json.Unmarshal(answer, &sums); err != nil {
			return err
		}
		if len(want) > 0 && (len(sums.Buckets) != 1 || sums.Buckets[0].Records != len(want)) {
			return fmt.Errorf("%d records were committed: %s", len(want), answer)
		}
		return nil
	})
	return want
}

func encoded(pairs ...string) string {
	query := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		query.Add(pairs[i], pairs[i+1])
	}
	return query.Encode()
}

// nothingOpen gives an error while there is something that is committed and not recorded.
func (p *producer) nothingOpen(ctx context.Context) error {
	answer, _, err := p.try(ctx, "GET", "/usage/v1/summary", system.Admin.AdminToken(), "", 200)
	if err != nil {
		return err
	}
	var summary struct {
		Instances []struct{ Ledger struct{ Open int } }
	}
	if err := json.Unmarshal(answer, &summary); err != nil {
		return err
	}
	for _, instance := range summary.Instances {
		if instance.Ledger.Open > 0 {
			return fmt.Errorf("%d transactions are open", instance.Ledger.Open)
		}
	}
	return nil
}
