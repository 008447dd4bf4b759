package rules

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/licensing-operator/licensing-operator/internal/metrics"
)

// queries are what the documentation has people ask Prometheus, by file.
func queries(t *testing.T) map[string][]string {
	t.Helper()
	asked := map[string][]string{}
	blocks := regexp.MustCompile("(?s)```promql\n(.*?)```")
	for _, path := range glob(t, filepath.Join(root, "docs/*/*.md")) {
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range blocks.FindAllStringSubmatch(string(page), -1) {
			asked[path] = append(asked[path], strings.Split(strings.TrimSpace(block[1]), "\n")...)
		}
	}
	return asked
}

func TestTheDocumentationReadsSeriesThatExist(t *testing.T) {
	names := known(t)
	for path, expressions := range queries(t) {
		for _, expression := range expressions {
			for _, series := range seriesOf(expression) {
				if !names[series] {
					t.Errorf("%s: %s reads %s, which does not exist", path, expression, series)
				}
			}
		}
	}
}

// A matcher that matches nothing raises no alert, and shows nothing.
func TestMatchersMatchSeriesThatExist(t *testing.T) {
	registry := prometheus.NewRegistry()
	if err := metrics.Register(registry, "v0.0.0"); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string][]string{} // by name and label
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				key := family.GetName() + " " + label.GetName()
				values[key] = append(values[key], label.GetValue())
			}
		}
	}
	expressions := queries(t)
	for _, group := range groups(t) {
		for _, rule := range group.Rules {
			expressions[group.Name] = append(expressions[group.Name], rule.Expr)
		}
	}
	// Of a recorded series the name of the counter is a part.
	selector := regexp.MustCompile(`(licensing_operator_\w+)(:\w+)?\{([^}]*)\}`)
	matcher := regexp.MustCompile(`(\w+)=(~?)"([^"]*)"`)
	checked := 0
	for where, all := range expressions {
		for _, expression := range all {
			for _, selected := range selector.FindAllStringSubmatch(expression, -1) {
				counter := selected[1]
				if selected[2] != "" {
					counter += "_total"
				}
				for _, match := range matcher.FindAllStringSubmatch(selected[3], -1) {
					possible, found := values[counter+" "+match[1]]
					if !found {
						continue
					}
					checked++
					pattern := regexp.QuoteMeta(match[3])
					if match[2] != "" {
						pattern = match[3]
					}
					if !slices.ContainsFunc(possible, regexp.MustCompile("^(?:"+pattern+")$").MatchString) {
						t.Errorf("%s: %s matches none of the values of %s: %v", where, selected[0], match[1], possible)
					}
				}
			}
		}
	}
	if checked == 0 {
		t.Error("no matcher was compared: the test does not see them")
	}
}
