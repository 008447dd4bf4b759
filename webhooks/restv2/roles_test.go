package restv2

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"
)

// rightsOf are what a ClusterRole in a file of config/rbac gives, as "verb resource".
func rightsOf(t *testing.T, file, role string) map[string]bool {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "config", "rbac", file))
	if err != nil {
		t.Fatal(err)
	}
	for document := range bytes.SplitSeq(content, []byte("\n---\n")) {
		var found rbacv1.ClusterRole
		if err := yaml.Unmarshal(document, &found); err != nil {
			t.Fatal(err)
		}
		if found.Name != role {
			continue
		}
		rights := map[string]bool{}
		for _, rule := range found.Rules {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					rights[verb+" "+resource] = slices.Contains(rule.APIGroups, "licensing-operator.dev") && len(rule.ResourceNames) == 0
				}
			}
		}
		return rights
	}
	t.Fatalf("%s has no ClusterRole %s", file, role)
	return nil
}

func needed(by ...audience) map[string]bool {
	rights := map[string]bool{}
	for _, rule := range operations {
		if slices.Contains(by, rule.by) {
			rights[rule.verb+" "+rule.resource] = true
		}
	}
	return rights
}

func TestTheRoleForSoftwareIsWhatAProvisioningKeyMayDo(t *testing.T) {
	if diff := cmp.Diff(needed(software), rightsOf(t, "rest_caller_roles.yaml", "licensing-provisioning")); diff != "" {
		t.Errorf("(-needed +given):\n%s", diff)
	}
}

func TestTheRoleForProducersAdmitsToEverything(t *testing.T) {
	given := rightsOf(t, "rest_caller_roles.yaml", "licensing-producer")
	for right := range needed(software, producers) {
		if !given[right] {
			t.Errorf("it does not admit to %s", right)
		}
	}
}
