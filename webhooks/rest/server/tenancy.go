package server

import (
	"fmt"
	"net"
	"net/http"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Tenancy says which namespace a request is for when its path does not name one.
type Tenancy struct {
	// Hosts are namespaces by the name of the host, in lower case and without a port.
	Hosts map[string]string
	// DefaultNamespace is that of all other hosts; empty for none.
	DefaultNamespace string
}

const namespacesPrefix = "namespaces"

// tenantOf takes /namespaces/{namespace} off the front of the path.
func (t Tenancy) tenantOf(host string, segments []string) (tenant string, rest []string, err error) {
	if len(segments) > 1 && segments[0] == namespacesPrefix {
		if len(validation.IsDNS1123Label(segments[1])) > 0 {
			return "", nil, notFound("there is no namespace %q", clip(segments[1]))
		}
		return segments[1], segments[2:], nil
	}
	name := hostName(host)
	if namespace, ok := t.Hosts[name]; ok {
		return namespace, segments, nil
	}
	if t.DefaultNamespace == "" {
		return "", nil, notFound("no namespace belongs to the host %q: put /namespaces/{namespace} in front of the path", clip(name))
	}
	return t.DefaultNamespace, segments, nil
}

func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

func notFound(format string, args ...any) error {
	return &Refusal{Status: http.StatusNotFound, Reason: ReasonNotFound, Problems: []string{fmt.Sprintf(format, args...)}}
}
