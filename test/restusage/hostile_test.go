package restusage

import (
	"net/http"
	"strings"
	"testing"
)

func TestHostileValuesDoNoHarm(t *testing.T) {
	t.Parallel()
	p := newProducer(t, "hostile", 1)
	p.uses(t, p.customers[0], "lisa", "PhotoPrint", 1)
	p.settled(t)
	long := strings.Repeat("x", 20_000)
	for query, status := range map[string]int{
		"records?limit=1000000000": 400, "records?limit=-1": 400, "records?limit=0x10": 400, "records?limit=1&limit=1": 400,
		"records?after=99999999999999999999": 400, "records?after=1.5": 400, "records?from=0": 400, "records?instanceId=*": 400,
		"records?order=desc": 400, "records?namespace=kube-system": 400, "records?item=" + long: 400, "records?" + long: 400,
		"records?item=" + strings.Repeat("x&item=", 200): 400, "records?%00=1": 400, "records?item=%ff": 200,
		"aggregates?by=item;DROP": 400, "aggregates?by=item,requester,kind,day": 400, "aggregates?top=99999999": 400,
		"export?format=exe": 400, "export?limit=999999999999": 400, "summary?size=100000": 400, "summary?windowHours=1e9": 400,
		"records?" + encoded("item", "x' OR '1'='1"): 200, "records?" + encoded("requester", `"); DROP TABLE usage_records; --`): 200,
		"records?" + encoded("transactionId", "%"): 200, "records?" + encoded("reason", "_\x00"): 200, "export?" + encoded("session", "'"): 200,
	} {
		answer, _, err := p.try(t.Context(), "GET", "/usage/v1/"+query, system.Admin.AdminToken(), "", status)
		if err != nil {
			t.Errorf("%.80s: %.300v", query, err)
		}
		if strings.Contains(string(answer), "lisa") {
			t.Errorf("%.80s: %.300s", query, answer)
		}
	}
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		p.as(t, system.Admin.AdminToken(), method, "/usage/v1/records", "", http.StatusMethodNotAllowed)
	}
	if answer := string(p.call(t, "GET", "/usage/v1/records", "", http.StatusOK)); strings.Count(answer, "lisa") == 0 {
		t.Errorf("what was there is gone: %s", answer)
	}
}
