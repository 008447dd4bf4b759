package tenant

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
)

var lisa = licensing.Requester{Type: "user", Value: "LisaBarry"}

// items are a number of PhotoPrint at 3 tokens and of CADPrint at 7.
func items(photoPrint, cadPrint int64) []licensing.RequestedItem {
	var items []licensing.RequestedItem
	if photoPrint > 0 {
		items = append(items, licensing.RequestedItem{Name: "PhotoPrint", Version: "1.0", Count: licensing.Count(photoPrint) * licensing.One})
	}
	if cadPrint > 0 {
		items = append(items, licensing.RequestedItem{Name: "CADPrint", Version: "2.0", Count: licensing.Count(cadPrint) * licensing.One})
	}
	return items
}

// selling is a customer with 1000 tokens.
func selling(t *testing.T) customer {
	t.Helper()
	c := newCustomer(t)
	noError(t, c.here.CreateRateTable(t.Context(), published()))
	c.puts(t, act01())
	return c
}

func (c customer) asks(t *testing.T, at *tenant.Tenant, photoPrint, cadPrint int64) tenant.Access {
	t.Helper()
	return must[tenant.Access](t)(at.RequestAccess(t.Context(), c.instance.ID, tenant.AccessRequest{Requester: lisa, Items: items(photoPrint, cadPrint)}))
}

func (c customer) wantUsed(t *testing.T, want string) {
	t.Helper()
	got := must[tenant.LineItem](t)(c.there.LineItem(t.Context(), c.instance.ID, "ACT01-Elastic")).Used.String()
	if got != want {
		t.Errorf("used %s, want %s", got, want)
	}
}

func tokensOf(access tenant.Access) (charged []string) {
	for _, item := range access.Items {
		charged = append(charged, string(item.Status)+" "+item.Tokens().String())
	}
	return charged
}

func TestItemsAreChargedWithoutASession(t *testing.T) {
	c := selling(t)
	access := c.asks(t, c.there, 10, 2)
	if diff := cmp.Diff([]string{"Granted 30", "Granted 14"}, tokensOf(access)); diff != "" || uuid.Validate(access.CorrelationID) != nil || !access.Granted {
		t.Errorf("%s (-want +got):\n%s", access.CorrelationID, diff)
	}
	c.wantUsed(t, "44")
	access = c.asks(t, c.here, 1000, 1)
	if diff := cmp.Diff([]string{"InsufficientTokens 0", "Granted 7"}, tokensOf(access)); diff != "" {
		t.Errorf("each for itself (-want +got):\n%s", diff)
	}
	c.wantUsed(t, "51")
}

func TestADryRunChargesNothing(t *testing.T) {
	c := selling(t)
	request := tenant.AccessRequest{Requester: lisa, Items: items(10, 1000), DryRun: true}
	access := must[tenant.Access](t)(c.there.RequestAccess(t.Context(), c.instance.ID, request))
	if diff := cmp.Diff([]string{"Granted 30", "InsufficientTokens 0"}, tokensOf(access)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	c.wantUsed(t, "0")
}

func TestAnIdempotencyKeyChargesOnce(t *testing.T) {
	c := selling(t)
	request := tenant.AccessRequest{Requester: lisa, Items: items(1, 0), Idempotency: ledger.Idempotency{Key: "key", Digest: "digest"}}
	ids := make([]string, 6)
	var calls []func() error
	for i := range ids {
		calls = append(calls, func() error {
			access, err := c.as(i%2, "a").RequestAccess(t.Context(), c.instance.ID, request)
			ids[i] = access.CorrelationID
			return err
		})
	}
	if diff := cmp.Diff(map[tenant.Reason]int{"": 6}, reasons(atOnce(calls...))); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("correlation ids %v", ids)
		}
	}
	c.wantUsed(t, "3")
	request.Idempotency.Digest = "another"
	_, err := c.here.RequestAccess(t.Context(), c.instance.ID, request)
	refused(t, err, tenant.IdempotencyKeyReused)
}

func TestWhatIsWrongWithARequestIsNamed(t *testing.T) {
	c := selling(t)
	session := must[string](t)(c.here.CreateSession(t.Context(), c.instance.ID, noKey))
	request := func(change func(*tenant.AccessRequest)) tenant.AccessRequest {
		request := tenant.AccessRequest{Requester: licensing.Requester{Type: "user", Value: "x", Dictionary: map[string]string{}}, Items: items(1, 1)}
		change(&request)
		return request
	}
	metaData := func(text string) func(*tenant.AccessRequest) {
		return func(r *tenant.AccessRequest) { r.Items[1].MetaData = json.RawMessage(text) }
	}
	for name, tc := range map[string]struct {
		change func(*tenant.AccessRequest)
		want   []string
	}{
		"no requester": {func(r *tenant.AccessRequest) { r.Requester = licensing.Requester{} }, []string{
			"$.requester.type: has 0 characters, must have 1 to 64", "$.requester.value: has 0 characters, must have 1 to 256",
		}},
		"a long requester": {func(r *tenant.AccessRequest) { r.Requester.Value = strings.Repeat("é", 257) }, []string{"$.requester.value: has 257 characters, must have 1 to 256"}},
		"a large dictionary": {func(r *tenant.AccessRequest) {
			for i := range 33 {
				r.Requester.Dictionary[strings.Repeat("a", i+1)] = ""
			}
		}, []string{"$.requester.dictionary: 33 entries, at most 32 are possible"}},
		"a long value":      {func(r *tenant.AccessRequest) { r.Requester.Dictionary["a"] = strings.Repeat("x", 257) }, []string{"$.requester.dictionary.a: has 257 characters, must have 0 to 256"}},
		"an empty name":     {func(r *tenant.AccessRequest) { r.Requester.Dictionary[""] = "x" }, []string{"$.requester.dictionary: the name of an entry: has 0 characters, must have 1 to 64"}},
		"nothing of it":     {func(r *tenant.AccessRequest) { r.Items[0].Count = 0 }, []string{"$.requestedItems[0].count: 0 for item PhotoPrint 1.0, must be more than 0"}},
		"the same twice":    {func(r *tenant.AccessRequest) { r.Items[1] = r.Items[0] }, []string{"$.requestedItems[1]: PhotoPrint 1.0 is already requested in requestedItems[0]; name it once, with the sum of the counts"}},
		"no JSON object":    {metaData(`[]`), []string{"$.requestedItems[1].metaData: must be a JSON object in UTF-8"}},
		"null":              {metaData(`null`), []string{"$.requestedItems[1].metaData: must be a JSON object in UTF-8"}},
		"bytes of no text":  {metaData("{\"a\":\"\xff\"}"), []string{"$.requestedItems[1].metaData: must be a JSON object in UTF-8"}},
		"more than one":     {metaData(`{}{}`), []string{"$.requestedItems[1].metaData: must be a JSON object in UTF-8"}},
		"more than allowed": {metaData(`{"a":"` + strings.Repeat("x", 4096) + `"}`), []string{"$.requestedItems[1].metaData: 4104 bytes, at most 4096 are possible"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.here.RequestAccess(t.Context(), c.instance.ID, request(tc.change))
			refused(t, err, tenant.Invalid, tc.want...)
			_, err = c.here.RequestSessionAccess(t.Context(), tenant.SessionRef{ID: session}, request(tc.change))
			refused(t, err, tenant.Invalid, tc.want...)
		})
	}
	_, err := c.here.RequestAccess(t.Context(), c.instance.ID, request(func(r *tenant.AccessRequest) { r.Items = nil }))
	refused(t, err, tenant.Invalid, "$.requestedItems: is empty, at least 1 item is required")
	_, err = c.here.RequestAccess(t.Context(), uuid.NewString(), request(func(*tenant.AccessRequest) {}))
	refused(t, err, tenant.InstanceNotFound)
	c.wantUsed(t, "0")
}

func TestOddButPossibleRequestsAreWrittenThrough(t *testing.T) {
	c := selling(t)
	deep := strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500)
	for name, change := range map[string]func(*tenant.AccessRequest){
		"deep meta data": func(r *tenant.AccessRequest) { r.Items[0].MetaData = json.RawMessage(deep) },
		"control letters": func(r *tenant.AccessRequest) {
			r.Requester = licensing.Requester{Type: "\x00\x1b", Value: "\u2028<&>\xff"}
		},
		"unused variables": func(r *tenant.AccessRequest) {
			r.Items[0].Variables = map[string]licensing.Tokens{"\n": -1, strings.Repeat("x", 300): 1 << 62}
		},
		"a tiny count": func(r *tenant.AccessRequest) { r.Items[0].Count = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			ref := tenant.SessionRef{ID: must[string](t)(c.here.CreateSession(t.Context(), c.instance.ID, noKey))}
			request := tenant.AccessRequest{Requester: lisa, Items: items(1, 0), RollbackOnDeny: true}
			change(&request)
			access := must[tenant.Access](t)(c.there.RequestSessionAccess(t.Context(), ref, request))
			if !access.Granted {
				t.Fatalf("denied: %v", access)
			}
			c.wantWritten(t, ref.ID, "ACTIVE")
			noError(t, c.here.CloseSession(t.Context(), ref, noKey))
			c.wantWritten(t, ref.ID, "TERMINATED")
		})
	}
}
