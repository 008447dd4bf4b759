package rules

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	// For the metrics of controllers, which it registers.
	_ "sigs.k8s.io/controller-runtime/pkg/controller"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/licensing-operator/licensing-operator/internal/metrics"
)

var (
	described = regexp.MustCompile(`fqName: "([^"]*)"`)
	// What stands in an expression and names no series.
	quoted    = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	braced    = regexp.MustCompile(`\{[^}]*\}`)
	ranged    = regexp.MustCompile(`\[[^\]]*\]`)
	labels    = regexp.MustCompile(`\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)`)
	name      = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*\s*\(?`)
	duration  = regexp.MustCompile(`\b[0-9]+[a-z]+\b`)
	operators = []string{"and", "or", "unless", "bool", "offset", "Inf"}
)

// seriesOf are the names of the series that an expression reads.
func seriesOf(expression string) (names []string) {
	for _, noise := range []*regexp.Regexp{quoted, braced, ranged, labels, duration} {
		expression = noise.ReplaceAllString(expression, " ")
	}
	for _, found := range name.FindAllString(expression, -1) {
		found = strings.TrimSpace(found)
		if !strings.HasSuffix(found, "(") && !slices.Contains(operators, found) && !slices.Contains(names, found) {
			names = append(names, found)
		}
	}
	return names
}

func TestSeriesOf(t *testing.T) {
	tests := map[string][]string{
		`sum by (job) (rate(a_total{b="c{d}",e=~"f"}[5m])) / on (job) group_left () x:y:z > 0`: {"a_total", "x:y:z"},
		`a and on (job) b unless c <= 3 * avg_over_time(d[1d] offset 1h)`:                      {"a", "b", "c", "d"},
		`topk(10, a)`:                             {"a"},
		`time() - max by (job) (a > 0)`:           {"a"},
		`absent(a)`:                               {"a"},
		`a > 1 or b == Inf`:                       {"a", "b"},
		`a{b="c"} or vector(0)`:                   {"a"},
		`0 * sum(rate(a[$__rate_interval])) / 24`: {"a"},
	}
	for expression, want := range tests {
		if diff := cmp.Diff(want, seriesOf(expression)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", expression, diff)
		}
	}
}

// known are the names of all series: those of the operator and of the libraries that it is made of, and recorded ones.
func known(t *testing.T) map[string]bool {
	t.Helper()
	registered, ok := ctrlmetrics.Registry.(prometheus.Collector)
	if !ok {
		t.Fatal("the registry cannot say what is registered")
	}
	names := map[string]bool{"ALERTS": true}
	for _, collector := range append(metrics.Collectors(), registered) {
		descriptions := make(chan *prometheus.Desc)
		go func() {
			defer close(descriptions)
			collector.Describe(descriptions)
		}()
		for description := range descriptions {
			name := described.FindStringSubmatch(description.String())[1]
			names[name] = true
			if strings.HasSuffix(name, "_seconds") {
				names[name+"_bucket"], names[name+"_count"], names[name+"_sum"] = true, true, true
			}
		}
	}
	for _, group := range groups(t) {
		for _, rule := range group.Rules {
			if rule.Record != "" {
				names[rule.Record] = true
			}
		}
	}
	return names
}

func TestRulesReadSeriesThatExist(t *testing.T) {
	names := known(t)
	for _, group := range groups(t) {
		for _, rule := range group.Rules {
			read := seriesOf(rule.Expr)
			if len(read) == 0 {
				t.Errorf("%s%s reads nothing", rule.Record, rule.Alert)
			}
			for _, series := range read {
				if !names[series] {
					t.Errorf("%s%s reads %s, which does not exist", rule.Record, rule.Alert, series)
				}
			}
		}
	}
}

// A misspelled operation would be left out of nothing.
func TestOperationsExist(t *testing.T) {
	var contracts strings.Builder
	for _, path := range glob(t, filepath.Join(root, "api/openapi/*.yaml")) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		contracts.Write(content)
	}
	matcher := regexp.MustCompile(`operation!?=~?"([^"]*)"`)
	for _, group := range groups(t) {
		for _, rule := range group.Rules {
			for _, found := range matcher.FindAllStringSubmatch(rule.Expr, -1) {
				for operation := range strings.SplitSeq(found[1], "|") {
					if !strings.Contains(contracts.String(), "operationId: "+operation+"\n") {
						t.Errorf("%s%s names the operation %s, which no contract has", rule.Record, rule.Alert, operation)
					}
				}
			}
		}
	}
}
