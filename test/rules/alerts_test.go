package rules

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/licensing-operator/licensing-operator/hack/rulefile"
)

func TestEachAlertSaysWhatItIsAbout(t *testing.T) {
	for name, rules := range alerts(t) {
		for _, rule := range rules {
			if rule.For == "" {
				t.Errorf("%s: for is missing", name)
			}
			if severity := rule.Labels["severity"]; !slices.Contains([]string{"critical", "warning", "info"}, severity) {
				t.Errorf("%s: severity is %q, want critical, warning or info", name, severity)
			}
			summary, description := rule.Annotations["summary"], rule.Annotations["description"]
			if summary == "" || strings.Contains(summary, "{{") {
				t.Errorf("%s: the summary is %q, want a sentence that is always the same", name, summary)
			}
			if description == "" || description == summary {
				t.Errorf("%s: the description is %q, want one with figures or names", name, description)
			}
			if got, want := rule.Annotations["runbook_url"], "docs/runbooks/"+name+".md"; got != want {
				t.Errorf("%s: runbook_url is %q, want %q", name, got, want)
			}
		}
	}
}

func TestEachAlertHasARunbookAndEachRunbookAnAlert(t *testing.T) {
	known := alerts(t)
	parts := []string{"## What it means\n", "## What users notice\n", "## Check\n", "## What to do\n"}
	for name := range known {
		page, err := os.ReadFile(filepath.Join(root, "docs/runbooks", name+".md"))
		if err != nil {
			t.Error(err)
			continue
		}
		text := string(page)
		if !strings.HasPrefix(text, "# "+name+"\n") {
			t.Errorf("%s: the runbook has another title", name)
		}
		for _, part := range parts {
			_, rest, found := strings.Cut(text, part)
			content, _, _ := strings.Cut(rest, "\n## ")
			if !found || strings.TrimSpace(content) == "" {
				t.Errorf("%s: the runbook says nothing under %q", name, strings.TrimSpace(part))
			}
		}
		if _, check, _ := strings.Cut(text, "## Check\n"); !strings.Contains(check, "```") {
			t.Errorf("%s: the runbook has no command to check with", name)
		}
	}
	for _, path := range glob(t, filepath.Join(root, "docs/runbooks/*.md")) {
		if name := strings.TrimSuffix(filepath.Base(path), ".md"); known[name] == nil {
			t.Errorf("%s: there is no such alert", path)
		}
	}
}

func TestThePrometheusOperatorIsGivenTheSameRules(t *testing.T) {
	var object struct {
		Kind string        `json:"kind"`
		Spec rulefile.File `json:"spec"`
	}
	decode(t, "config/monitoring/prometheus-operator/prometheusrule.yaml", &object)
	if object.Kind != "PrometheusRule" {
		t.Errorf("the kind is %q", object.Kind)
	}
	if diff := cmp.Diff(groups(t), object.Spec.Groups); diff != "" {
		t.Errorf("make manifests has not been run (-files +object)\n%s", diff)
	}
}

func decode(t *testing.T, path string, into any) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(content, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
