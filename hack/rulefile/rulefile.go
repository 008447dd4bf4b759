// Package rulefile reads the rule files of Prometheus.
package rulefile

import (
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

// Directory is where they are, from the root of the module.
const Directory = "config/monitoring/rules"

// File is a rule file.
type File struct {
	Groups []Group `json:"groups"`
}

// Group is a list of rules that are evaluated one after the other.
type Group struct {
	Name     string `json:"name"`
	Interval string `json:"interval,omitempty"`
	Rules    []Rule `json:"rules"`
}

// Rule records a series or raises an alert.
type Rule struct {
	Record      string            `json:"record,omitempty"`
	Alert       string            `json:"alert,omitempty"`
	Expr        string            `json:"expr"`
	For         string            `json:"for,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Groups are those of all files of a directory, in the order of the files' names.
func Groups(directory string) ([]Group, error) {
	paths, err := filepath.Glob(filepath.Join(directory, "*.yaml"))
	if err != nil {
		return nil, err
	}
	var groups []Group
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var file File
		if err := yaml.UnmarshalStrict(content, &file); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		groups = append(groups, file.Groups...)
	}
	if len(groups) == 0 {
		return nil, fmt.Errorf("%s: no rules", directory)
	}
	return groups, nil
}
