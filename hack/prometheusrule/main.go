// Command prometheusrule wraps the rule files into an object of the Prometheus operator.
package main

import (
	"fmt"
	"os"
	"slices"

	"sigs.k8s.io/yaml"

	"github.com/licensing-operator/licensing-operator/hack/rulefile"
)

const (
	output = "config/monitoring/prometheus-operator/prometheusrule.yaml"
	header = "# Made by make manifests from " + rulefile.Directory + ".\n"
)

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write() error {
	groups, err := rulefile.Groups(rulefile.Directory)
	if err != nil {
		return err
	}
	const name = "licensing-operator"
	content, err := yaml.Marshal(map[string]any{
		"apiVersion": "monitoring.coreos.com/v1",
		"kind":       "PrometheusRule",
		"metadata": map[string]any{
			"name": name, "namespace": name + "-system", "labels": map[string]string{"app.kubernetes.io/name": name},
		},
		"spec": rulefile.File{Groups: groups},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(output, slices.Concat([]byte(header), content), 0o644)
}
