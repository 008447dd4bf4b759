package restusage

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/export"
	usageclient "github.com/licensing-operator/licensing-operator/pkg/client/usage"
)

// apiOf is the generated client.
func (p *producer) apiOf(t *testing.T, token string) *usageclient.ClientWithResponses {
	t.Helper()
	api, err := usageclient.NewClientWithResponses(system.Replicas[0].URL+"/namespaces/"+p.Namespace, usageclient.WithRequestEditorFn(
		func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+token)
			return nil
		}))
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func TestPagesMissNothingWhileCustomersAreCharged(t *testing.T) {
	t.Parallel()
	p := newProducer(t, "paging", 2)
	const chargesOfEach = 30
	var charging sync.WaitGroup
	for i := range 4 {
		charging.Go(func() {
			for n := range chargesOfEach {
				p.usesFor(t.Context(), t, p.customers[i%2], fmt.Sprintf("user %d", i), "PhotoPrint", float64(n+1))
			}
		})
	}
	done := make(chan struct{})
	go func() { charging.Wait(); close(done) }()

	api := p.apiOf(t, system.Admin.AdminToken())
	seen := map[string]int64{}
	var after int64
	for finished := false; ; {
		answer, err := api.ListUsageRecordsWithResponse(t.Context(), &usageclient.ListUsageRecordsParams{After: &after, Limit: new(int32(7))})
		if err != nil || answer.JSON200 == nil {
			t.Fatalf("%v %s", err, answer.Body)
		}
		for _, record := range answer.JSON200.Records {
			if before, twice := seen[record.ID]; twice || record.Position <= after {
				t.Errorf("record %s is at %d, after %d, and was seen at %d", record.ID, record.Position, after, before)
			}
			seen[record.ID] = record.Position
		}
		if n := len(answer.JSON200.Records); n > 0 && answer.JSON200.Next != answer.JSON200.Records[n-1].Position {
			t.Errorf("next is %d, want that of the last record", answer.JSON200.Next)
		}
		after = answer.JSON200.Next
		if finished && !answer.JSON200.More {
			break
		}
		select {
		case <-done:
			if !finished {
				p.settled(t)
			}
			finished = true
		default:
		}
	}
	want := p.settled(t)
	for id := range want {
		if seen[id] == 0 {
			t.Errorf("record %s was not seen", id)
		}
	}
	if len(seen) != len(want) || len(want) < 4*chargesOfEach {
		t.Errorf("%d records were seen, %d are there", len(seen), len(want))
	}
}

func TestAnExportIsResumedAfterTheConnectionIsCut(t *testing.T) {
	t.Parallel()
	p := newProducer(t, "resume", 1)
	for i := range 40 {
		p.uses(t, p.customers[0], fmt.Sprintf("user %d", i), "PhotoPrint", 1)
	}
	want := p.settled(t)
	seen := map[string]bool{}
	var after int64
	for attempt := 0; len(seen) < len(want); attempt++ {
		if attempt > len(want) {
			t.Fatalf("%d of %d records came in %d attempts", len(seen), len(want), attempt)
		}
		ctx, cut := context.WithCancel(t.Context())
		response, err := p.apiOf(t, system.Admin.AdminToken()).ExportUsage(ctx, &usageclient.ExportUsageParams{After: &after})
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%v %v", response, err)
		}
		text := bufio.NewScanner(response.Body)
		for i := 0; i < 9 && text.Scan(); i++ {
			var document export.Document[string]
			if err := json.Unmarshal(text.Bytes(), &document); err != nil {
				t.Fatal(err)
			}
			if seen[document.ID] {
				t.Errorf("record %s came twice", document.ID)
			}
			seen[document.ID], after = true, document.Position
		}
		cut()
		response.Body.Close()
	}
	for id := range want {
		if !seen[id] {
			t.Errorf("record %s did not come", id)
		}
	}
}

// What the records add up to is what the ledger says, to the millionth of a token.
func TestSumsAreThoseOfTheLedger(t *testing.T) {
	t.Parallel()
	p := newProducer(t, "sums", 2)
	for i := range 10 {
		p.uses(t, p.customers[i%2], []string{"lisa", "tom"}[i%2], "PhotoPrint", float64(i)+0.000001)
		p.session(t, p.customers[0], "lisa")
	}
	records := p.settled(t)
	byRequester := map[string]licensing.Tokens{}
	for _, record := range records {
		byRequester[record.RequesterValue] += record.Used()
	}
	sums := p.sums(t, "by=requester")
	for requester, used := range byRequester {
		if sums[requester] != used.String() {
			t.Errorf("%s used %s, want %s", requester, sums[requester], used)
		}
	}
	sums = p.sums(t, "by=lineItem")
	for _, c := range p.customers {
		var lineItem struct{ Used json.Number }
		answer := p.call(t, "GET", "/provisioning/api/v1.1/instances/"+c.id+"/line-items/"+c.activationID, "", http.StatusOK)
		if err := json.Unmarshal(answer, &lineItem); err != nil {
			t.Fatal(err)
		}
		if sums[c.activationID] != lineItem.Used.String() || lineItem.Used == "0" {
			t.Errorf("records of %s add up to %s, the ledger says %s", c.activationID, sums[c.activationID], lineItem.Used)
		}
		var totals struct {
			Used []struct{ Tokens json.Number }
		}
		if err := json.Unmarshal(p.call(t, "GET", "/usage/v1/totals?instanceId="+c.id, "", http.StatusOK), &totals); err != nil {
			t.Fatal(err)
		}
		if len(totals.Used) != 1 || totals.Used[0].Tokens != lineItem.Used {
			t.Errorf("totals are %v, the ledger says %s", totals, lineItem.Used)
		}
	}
}

// sums are the tokens used, by the one dimension.
func (p *producer) sums(t *testing.T, query string) map[string]string {
	t.Helper()
	var answer struct {
		Buckets []struct {
			Key  []string
			Used json.Number
		}
	}
	if err := json.Unmarshal(p.call(t, "GET", "/usage/v1/aggregates?"+query, "", http.StatusOK), &answer); err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for _, bucket := range answer.Buckets {
		sums[bucket.Key[0]] = bucket.Used.String()
	}
	return sums
}

func TestEachFilterSelects(t *testing.T) {
	t.Parallel()
	p := newProducer(t, "filters", 2)
	for i := range 6 {
		p.uses(t, p.customers[i%2], fmt.Sprintf("user, %d", i%3), []string{"PhotoPrint", "CADPrint", "Rare, and dear"}[i%3], 1)
	}
	session := p.session(t, p.customers[1], "lisa")
	records := p.settled(t)
	var one usage.Record
	for _, record := range records {
		if record.Kind == usage.Refund {
			one = record
		}
	}
	at := one.Time.UTC().Format("2006-01-02T15:04:05.000Z")
	for name, test := range map[string]struct {
		query   string
		selects func(usage.Record) bool
	}{
		"instance by id":   {encoded("instanceId", p.customers[0].id), func(r usage.Record) bool { return r.Instance == p.customers[0].name }},
		"instance by name": {encoded("instance", p.customers[1].name), func(r usage.Record) bool { return r.Instance == p.customers[1].name }},
		"both instances":   {encoded("instanceId", p.customers[0].id, "instanceId", p.customers[1].id), func(usage.Record) bool { return true }},
		"kind":             {encoded("kind", "Refund"), func(r usage.Record) bool { return r.Kind == usage.Refund }},
		"two kinds":        {encoded("kind", "Refund", "kind", "Charge"), func(r usage.Record) bool { return r.Kind == usage.Refund || r.Kind == usage.Charge }},
		"reason":           {encoded("reason", one.Reason), func(r usage.Record) bool { return r.Reason == one.Reason }},
		"line item":        {encoded("lineItem", p.customers[0].activationID), func(r usage.Record) bool { return r.ActivationID == p.customers[0].activationID }},
		"item":             {encoded("item", "CADPrint"), func(r usage.Record) bool { return r.Item == "CADPrint" }},
		"requester":        {encoded("requester", "user, 1"), func(r usage.Record) bool { return r.RequesterValue == "user, 1" }},
		"session by id":    {encoded("session", session), func(r usage.Record) bool { return r.SubjectName == session }},
		"session by UID":   {encoded("session", one.SubjectUID), func(r usage.Record) bool { return r.SubjectName == session }},
		"transaction":      {encoded("transactionId", one.TransactionID), func(r usage.Record) bool { return r.TransactionID == one.TransactionID }},
		"correlation":      {encoded("correlationId", "none"), func(usage.Record) bool { return false }},
		"limitation":       {encoded("limitation", "none"), func(usage.Record) bool { return false }},
		"from":             {encoded("from", at), func(r usage.Record) bool { return !r.Time.Before(one.Time) }},
		"to":               {encoded("to", at), func(r usage.Record) bool { return r.Time.Before(one.Time) }},
		"several":          {encoded("kind", "Charge", "item", "CADPrint", "requester", "lisa"), func(r usage.Record) bool { return r.Kind == usage.Charge && r.RequesterValue == "lisa" }},
	} {
		t.Run(name, func(t *testing.T) {
			want := map[string]usage.Record{}
			for id, record := range records {
				if test.selects(record) {
					want[id] = record
				}
			}
			same(t, name, want, lines(t, p.call(t, "GET", "/usage/v1/export?"+test.query, "", http.StatusOK)))
		})
	}
}
