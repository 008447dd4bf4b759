package authorization

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/api/openapi"
)

type described struct {
	OperationID string `json:"operationId"`
	Parameters  []struct {
		Name, In string
		Ref      string `json:"$ref"`
	}
}

// describedOperations are those of a document, by id, with their paths.
func describedOperations(t *testing.T, document []byte) map[string]string {
	t.Helper()
	var contract struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(document, &contract); err != nil {
		t.Fatal(err)
	}
	paths := map[string]string{}
	for path, methods := range contract.Paths {
		for method, content := range methods {
			if !slices.Contains([]string{"get", "put", "post", "patch", "delete"}, method) {
				continue
			}
			var operation described
			if err := json.Unmarshal(content, &operation); err != nil {
				t.Fatal(err)
			}
			paths[operation.OperationID] = path
		}
	}
	return paths
}

func TestEveryOperationHasARule(t *testing.T) {
	rules := map[string]bool{}
	for id := range operations {
		rules[id] = true
	}
	for version, document := range map[string][]byte{"v1.0": openapi.V10(), "v1.1": openapi.V11()} {
		promised := map[string]bool{}
		for id := range describedOperations(t, document) {
			promised[id] = true
		}
		if diff := cmp.Diff(promised, rules); diff != "" {
			t.Errorf("%s (-described +ruled):\n%s", version, diff)
		}
	}
}

// A client call whose rule looked for its instance in the wrong place would be confined to nothing.
func TestRulesLookWhereTheInstanceIs(t *testing.T) {
	for id, path := range describedOperations(t, openapi.V11()) {
		want := nowhere
		switch {
		case strings.Contains(path, "{instanceId}"):
			want = inPath
		case strings.Contains(path, "{sessionId}"):
			want = ofSession
		case id == "createSession":
			want = inBody
		case id == "listSessions":
			want = inQuery
		}
		rule := operations[id]
		if rule.at != want {
			t.Errorf("%s looks in place %d, want %d", id, rule.at, want)
		}
		if ofInstance := strings.HasPrefix(rule.resource, "instances/"); ofInstance != (want != nowhere && id != "getInstance") {
			t.Errorf("%s asks about %s", id, rule.resource)
		}
		if rule.by == clients && want == nowhere {
			t.Errorf("%s is open to clients but about no instance", id)
		}
	}
}

// The calls that are open to client tokens, as dynamic-monetization.md 1.9 has them.
func TestCallsOpenToClients(t *testing.T) {
	want := []string{
		"closeSession", "createActions", "createConditions", "createSession", "deleteActions", "deleteCondition", "deleteConditions",
		"getActions", "getLineItem", "getSession", "listActions", "listConditions", "listLineItems", "listSessions",
		"replaceActions", "requestAccess", "requestSessionAccess", "sendHeartbeat", "updateConditions",
	}
	var got []string
	for id, rule := range operations {
		if rule.by == clients {
			got = append(got, id)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("open to clients (-want +got):\n%s", diff)
	}
}
