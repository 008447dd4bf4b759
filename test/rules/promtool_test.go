// Package rules tests what Prometheus and Grafana are given: that alerts are raised when they should be and at no other time, that
// all they refer to exists.
package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/licensing-operator/licensing-operator/hack/rulefile"
)

const root = "../.."

func promtool(t *testing.T, args ...string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatalf("promtool is needed, of the Debian package prometheus: run make test-rules, or hack/debian/install.sh prometheus: %v", err)
	}
	if output, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput(); err != nil {
		t.Errorf("promtool %v: %v\n%s", args, err, output)
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatalf("there is no %s", pattern)
	}
	return paths
}

func TestRulesAreValid(t *testing.T) {
	promtool(t, append([]string{"check", "rules", "--lint=all", "--lint-fatal"}, glob(t, filepath.Join(root, rulefile.Directory, "*.yaml"))...)...)
}

func TestAlertsAreRaisedWhenTheyShouldBe(t *testing.T) {
	for _, path := range glob(t, "*.yaml") {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			promtool(t, "test", "rules", path)
		})
	}
}

// scenarios is a file of promtool test rules, as far as it matters here.
type scenarios struct {
	Tests []struct {
		Checks []struct {
			Alert    string `json:"alertname"`
			Expected []any  `json:"exp_alerts"`
		} `json:"alert_rule_test"`
	} `json:"tests"`
}

func TestEachAlertIsTestedBothWays(t *testing.T) {
	raised, silent := map[string]bool{}, map[string]bool{}
	for _, path := range glob(t, "*.yaml") {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var file scenarios
		if err := yaml.Unmarshal(content, &file); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, test := range file.Tests {
			for _, check := range test.Checks {
				if len(check.Expected) > 0 {
					raised[check.Alert] = true
				} else {
					silent[check.Alert] = true
				}
			}
		}
	}
	for alert := range alerts(t) {
		if !raised[alert] {
			t.Errorf("no test has %s raised", alert)
		}
		if !silent[alert] {
			t.Errorf("no test has %s not raised", alert)
		}
	}
}

func groups(t *testing.T) []rulefile.Group {
	t.Helper()
	groups, err := rulefile.Groups(filepath.Join(root, rulefile.Directory))
	if err != nil {
		t.Fatal(err)
	}
	return groups
}

// alerts are the rules that raise one, by its name.
func alerts(t *testing.T) map[string][]rulefile.Rule {
	t.Helper()
	byName := map[string][]rulefile.Rule{}
	for _, group := range groups(t) {
		for _, rule := range group.Rules {
			if rule.Alert != "" {
				byName[rule.Alert] = append(byName[rule.Alert], rule)
			}
		}
	}
	return byName
}
