package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/licensing-operator/licensing-operator/hack/rulefile"
)

// A section has the metrics whose names begin with one of its prefixes.
type section struct {
	title, intro string
	prefixes     []string
}

// The last one takes what no other does.
var sections = []section{
	{title: "Ledger", prefixes: []string{"licensing_operator_ledger_"}},
	{title: "Usage records", prefixes: []string{"licensing_operator_usage_"}},
	{title: "REST", prefixes: []string{"licensing_operator_rest_"}},
	{title: "Licensing", prefixes: []string{""}, intro: "Counters start at zero with each process, and a transaction that another replica " +
		"had to finish after a crash may be\ncounted by both. They are for graphs and alerts. Exact sums come from the usage records.\n\n"},
}

func metricTables(found []description) string {
	rows := make([][]string, len(sections))
	for _, metric := range found {
		for i, section := range sections {
			if section.has(metric.name) {
				rows[i] = append(rows[i], row("`"+metric.name+"`", metric.kind, quoted(metric.labels), metric.help))
				break
			}
		}
	}
	var text strings.Builder
	for i, section := range sections {
		if len(rows[i]) > 0 {
			fmt.Fprintf(&text, "## %s\n\n%s%s\n", section.title, section.intro, table([]string{"Name", "Type", "Labels", "Meaning"}, rows[i]))
		}
	}
	return strings.TrimSuffix(text.String(), "\n")
}

func (s section) has(name string) bool {
	for _, prefix := range s.prefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func alertTable(groups []rulefile.Group) string {
	var rows []string
	for _, rules := range alerts(groups) {
		var severities, after []string
		for _, rule := range rules {
			after = append(after, rule.For)
			if severity := rule.Labels["severity"]; !slices.Contains(severities, severity) {
				severities = append(severities, severity)
			}
		}
		annotations := rules[0].Annotations
		runbook := strings.Replace(annotations["runbook_url"], "docs/", "../", 1)
		rows = append(rows, row(
			"["+rules[0].Alert+"]("+runbook+")", strings.Join(severities, ", "), strings.Join(after, ", "), annotations["summary"],
		))
	}
	return table([]string{"Alert", "Severity", "After", "Meaning"}, rows)
}

// alerts puts rules of the same alert together: they differ in how soon they are raised.
func alerts(groups []rulefile.Group) (list [][]rulefile.Rule) {
	for _, group := range groups {
		for _, rule := range group.Rules {
			last := len(list) - 1
			switch {
			case rule.Alert == "":
			case last >= 0 && list[last][0].Alert == rule.Alert:
				list[last] = append(list[last], rule)
			default:
				list = append(list, []rulefile.Rule{rule})
			}
		}
	}
	return list
}

func recordedList(groups []rulefile.Group) string {
	var text strings.Builder
	for _, group := range groups {
		for _, rule := range group.Rules {
			if rule.Record != "" {
				fmt.Fprintf(&text, "- `%s`\n", rule.Record)
			}
		}
	}
	return text.String()
}

func table(head, rows []string) string {
	line := "|" + strings.Repeat("---|", len(head))
	return row(head...) + line + "\n" + strings.Join(rows, "")
}

// row leaves no bar in a cell, which would begin another one.
func row(cells ...string) string {
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(cell, "|", `\|`)
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

func quoted(labels []string) string {
	if len(labels) == 0 {
		return ""
	}
	return "`" + strings.Join(labels, "`, `") + "`"
}
