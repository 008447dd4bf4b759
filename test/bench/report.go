package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"
)

const (
	beginMarker = "<!-- begin: make bench -->"
	endMarker   = "<!-- end: make bench -->"
)

// render writes the table and what it means.
func render(results []result, cores int, sync time.Duration) string {
	var out strings.Builder
	fmt.Fprintf(&out, "Measured on %d cores, with etcd, kube-apiserver and the callers sharing them; fdatasync of 4 KiB on the disk of etcd takes %s (median).\n\n", cores, round(sync))
	fmt.Fprintln(&out, "| callers | what | per second | p50 | p99 |")
	fmt.Fprintln(&out, "|---:|---|---:|---:|---:|")
	for _, r := range results {
		fmt.Fprintf(&out, "| %d | %s | %.0f | %s | %s |\n", r.callers, r.subject, r.perSecond, round(r.p50), round(r.p99))
	}
	find := func(prefix string, callers int) result {
		for _, r := range results {
			if strings.HasPrefix(r.subject, prefix) && r.callers == callers {
				return r
			}
		}
		return result{}
	}
	charges := find("charges", 64).perSecond
	fmt.Fprintln(&out)
	fmt.Fprintf(&out, "At 64 callers the ledger makes %.1f times as many charges as the API server makes status updates of distinct custom resources (target: 20), and %.0f times as many as the naive operator (target: 300).\n",
		charges/find("status", 64).perSecond, charges/find("the naive", 64).perSecond)
	fmt.Fprintf(&out, "A single caller's charge takes %.2f times as long as a single ConfigMap update, by medians (target: at most 1.5).\n",
		float64(find("charges", 1).p50)/float64(find("updates of distinct ConfigMaps", 1).p50))
	return out.String()
}

// writeInto replaces what stands between the marker lines of the document.
func writeInto(document, report string) error {
	text, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	before, rest, begun := bytes.Cut(text, []byte(beginMarker))
	_, after, ended := bytes.Cut(rest, []byte(endMarker))
	if !begun || !ended {
		return fmt.Errorf("%s has no lines %s and %s", document, beginMarker, endMarker)
	}
	text = fmt.Appendf(nil, "%s%s\n\n%s\n%s%s", before, beginMarker, report, endMarker, after)
	return os.WriteFile(document, text, 0o644)
}
