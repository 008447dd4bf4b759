package restv2

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/api/openapi"
)

// describedSecurity is what the contract says of each operation: the schemes that it takes.
func describedSecurity(t *testing.T) map[string][]string {
	t.Helper()
	type requirements []map[string][]string
	var contract struct {
		Security requirements
		Paths    map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(openapi.V2(), &contract); err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for path, methods := range contract.Paths {
		for method, content := range methods {
			if !slices.Contains([]string{"get", "put", "post", "patch", "delete"}, method) {
				continue
			}
			var operation struct {
				OperationID string
				Security    requirements
			}
			if err := json.Unmarshal(content, &operation); err != nil {
				t.Fatalf("%s %s: %v", method, path, err)
			}
			if operation.Security == nil {
				operation.Security = contract.Security
			}
			schemes := []string{}
			for _, alternative := range operation.Security {
				for scheme := range alternative {
					schemes = append(schemes, scheme)
				}
			}
			slices.Sort(schemes)
			all[operation.OperationID] = slices.Compact(schemes)
		}
	}
	return all
}

func TestTheRulesAreWhatTheContractSays(t *testing.T) {
	described, ruled := map[string]bool{}, map[string]bool{}
	for id, schemes := range describedSecurity(t) {
		described[id] = slices.Contains(schemes, "ProvisioningKey")
		if !slices.Contains(schemes, "AdminKey") {
			t.Errorf("%s: the contract has no AdminKey: %s", id, schemes)
		}
	}
	for id, rule := range operations {
		ruled[id] = rule.by == software
	}
	if diff := cmp.Diff(described, ruled); diff != "" {
		t.Errorf("open to a ProvisioningKey (-described +ruled):\n%s", diff)
	}
}

func TestARoleForSoftwareAdmitsToNothingElse(t *testing.T) {
	right := func(rule operation) string { return rule.verb + " " + rule.resource }
	ofSoftware := map[string]string{}
	for id, rule := range operations {
		if rule.by == software {
			ofSoftware[right(rule)] = id
		}
	}
	for id, rule := range operations {
		if other, same := ofSoftware[right(rule)]; same && rule.by == producers {
			t.Errorf("whoever may call %s may call %s: both are %s", other, id, right(rule))
		}
		if strings.Count(rule.resource, "/") > 1 || rule.verb == "" {
			t.Errorf("%s: %+v is nothing that RBAC can be asked about", id, rule)
		}
	}
}
