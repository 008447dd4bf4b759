package config

import (
	"os"
	"strings"
)

const (
	// DefaultNamespace is where the published manifests install the operator.
	DefaultNamespace = "licensing-operator-system"

	namespaceVariable = "POD_NAMESPACE"
	// serviceAccountNamespace is a file that Kubernetes puts into every pod with a service account.
	serviceAccountNamespace = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"
)

// WithNamespace fills in the namespace that the process runs in, unless one is configured.
func (c OperatorConfiguration) WithNamespace() OperatorConfiguration {
	return c.withNamespace(os.Getenv, os.ReadFile)
}

func (c OperatorConfiguration) withNamespace(getenv func(string) string, readFile func(string) ([]byte, error)) OperatorConfiguration {
	if c.Namespace == "" {
		c.Namespace = getenv(namespaceVariable)
	}
	if c.Namespace == "" {
		if content, err := readFile(serviceAccountNamespace); err == nil {
			c.Namespace = strings.TrimSpace(string(content))
		}
	}
	if c.Namespace == "" {
		c.Namespace = DefaultNamespace
	}
	return c
}
