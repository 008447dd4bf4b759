package server

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Tenancy says which namespace a request is for.
type Tenancy struct {
	// Hosts are namespaces by the name of the host, in lower case and without a port.
	Hosts map[string]string
	// DefaultNamespace is that of all other hosts; empty for none.
	DefaultNamespace string
	// Vendor gives the namespace of a vendor, an id in lower case, and an empty one if there is no such vendor. The namespace
	// given to it is the one that the path or the host names; empty, if it is only the default one. Without Vendor there is
	// no version 2.
	Vendor func(ctx context.Context, isvID, namespace string) (string, error)
}

const namespacesPrefix = "namespaces"

// tenantOf takes /namespaces/{namespace} off the front of the path.
func (t Tenancy) tenantOf(host string, segments []string) (tenant string, rest []string, err error) {
	tenant, rest, err = t.namedTenant(host, segments)
	switch {
	case err != nil || tenant != "":
		return tenant, rest, err
	case t.DefaultNamespace == "":
		return "", nil, notFound("no namespace belongs to the host %q: put /namespaces/{namespace} in front of the path", clip(hostName(host)))
	}
	return t.DefaultNamespace, rest, nil
}

// namedTenant is the one that the path or the host names; empty, if neither does.
func (t Tenancy) namedTenant(host string, segments []string) (tenant string, rest []string, err error) {
	if len(segments) > 1 && segments[0] == namespacesPrefix {
		if len(validation.IsDNS1123Label(segments[1])) > 0 {
			return "", nil, notFound("there is no namespace %q", clip(segments[1]))
		}
		return segments[1], segments[2:], nil
	}
	return t.Hosts[hostName(host)], segments, nil
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
