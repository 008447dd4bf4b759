package restusage

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

// A session that was made over REST, two of one name in two namespaces, and one that comes after another of its name: clients know each
// by the id that the list of sessions has, and so do the records.
func TestSessionsAreToldApartAsClientsKnowThem(t *testing.T) {
	t.Parallel()
	p := newProducer(t, "known", 1)
	c := p.customers[0]
	p.Patch(t, c.name, &v1alpha1.Instance{}, `{"spec":{"allowedNamespaces":{"from":"All"}}}`)
	team := shared.NewProducer(t, "team", nil)
	ids := map[string]bool{}
	overREST := p.opens(t, c, "lisa")
	p.listed(t, c, ids)
	p.call(t, "DELETE", "/api/v1.1/sessions/"+overREST, "", http.StatusNoContent)
	claim := func(of cluster.Producer) {
		of.Apply(t, "Session", "render", fmt.Sprintf(`
instanceRef: {name: %s, namespace: %s}
requester: {type: user, value: lisa}
requestedItems: [{item: CADPrint, version: "2.0", count: "1"}]`, c.name, p.Namespace))
		of.Granted(t, "render")
	}
	leave := func(of cluster.Producer) {
		of.Delete(t, "render", &v1alpha1.Session{})
		of.Gone(t, "render", &v1alpha1.Session{})
	}
	claim(p.Producer)
	claim(team)
	p.listed(t, c, ids)
	leave(p.Producer)
	claim(p.Producer)
	p.listed(t, c, ids)
	if len(ids) != 4 {
		t.Fatalf("clients know the sessions %v, want four", ids)
	}
	leave(p.Producer)
	leave(team)
	p.settled(t)
	sums := p.sums(t, "by=session")
	if diff := cmp.Diff(slices.Sorted(maps.Keys(ids)), slices.Sorted(maps.Keys(sums))); diff != "" {
		t.Errorf("sessions that clients know, and those of the records (-want +got):\n%s", diff)
	}
	for id := range ids {
		if diff := cmp.Diff(map[string]string{id: sums[id]}, p.sums(t, "by=session&session="+id)); diff != "" {
			t.Errorf("session %s alone (-want +got):\n%s", id, diff)
		}
	}
	if found := p.sums(t, "by=session&session=render"); len(found) > 0 {
		t.Errorf("a name selects %v", found)
	}
}

// listed adds the ids that the list of live sessions has.
func (p *producer) listed(t *testing.T, c customer, ids map[string]bool) {
	t.Helper()
	var sessions []struct{ SessionID string }
	if err := json.Unmarshal(p.call(t, "GET", "/api/v1.1/sessions?instanceId="+c.id, "", http.StatusOK), &sessions); err != nil {
		t.Fatal(err)
	}
	for _, session := range sessions {
		ids[session.SessionID] = true
	}
}
