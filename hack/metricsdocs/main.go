// Command metricsdocs writes the tables of docs/reference/metrics.md: the metrics from the collectors that the operator
// registers, the alerts and recorded series from the rule files.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/licensing-operator/licensing-operator/hack/rulefile"
	"github.com/licensing-operator/licensing-operator/internal/metrics"
)

const page = "docs/reference/metrics.md"

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write() error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	groups, err := rulefile.Groups(rulefile.Directory)
	if err != nil {
		return err
	}
	found, err := describe(metrics.Collectors())
	if err != nil {
		return err
	}
	parts := map[string]string{"metrics": metricTables(found), "alerts": alertTable(groups), "recorded": recordedList(groups)}
	result := string(text)
	for name, content := range parts {
		if result, err = replace(result, name, content); err != nil {
			return fmt.Errorf("%s: %w", page, err)
		}
	}
	return os.WriteFile(page, []byte(result), 0o644)
}

// replace puts content between the marks of a part.
func replace(text, part, content string) (string, error) {
	begin := "<!-- " + part + ": made by make docs -->\n"
	end := "<!-- end of " + part + " -->"
	before, rest, found := strings.Cut(text, begin)
	if !found {
		return "", fmt.Errorf("has no line %q", strings.TrimSpace(begin))
	}
	_, after, found := strings.Cut(rest, end)
	if !found {
		return "", fmt.Errorf("has no line %q", end)
	}
	return before + begin + "\n" + content + "\n" + end + after, nil
}
