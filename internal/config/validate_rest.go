package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"
)

const (
	mostInFlight     = 65536
	mostPerSecond    = 100_000
	smallestMaxBody  = 4 << 10
	largestMaxBody   = 16 << 20
	longestDrain     = time.Minute
	mostSamplingRate = 1_000_000
)

func (r REST) validate() error {
	problems := []error{
		address("rest.bindAddress", r.BindAddress),
		label("rest.defaultNamespace", r.DefaultNamespace),
		r.TLS.validate(),
		within("rest.maxInFlight", r.MaxInFlight, 1, mostInFlight),
		within("rest.rateLimit.requestsPerSecond", r.RateLimit.RequestsPerSecond, 0, mostPerSecond),
		within("rest.rateLimit.burst", r.RateLimit.Burst, 1, mostPerSecond),
		within("rest.maxBodyBytes", r.MaxBodyBytes, smallestMaxBody, largestMaxBody),
		r.DrainDelay.between("rest.drainDelay", 0, longestDrain),
		r.Tracing.validate(),
	}
	for i, audience := range r.ServiceAccountAudiences {
		if audience == "" {
			problems = append(problems, fmt.Errorf("rest.serviceAccountAudiences[%d]: is empty, leave it out", i))
		}
	}
	for _, host := range slices.Sorted(maps.Keys(r.Hosts)) {
		field := fmt.Sprintf("rest.hosts[%s]", host)
		if r.Hosts[host] == "" {
			problems = append(problems, fmt.Errorf("%s: a namespace is missing", field))
		}
		problems = append(problems, hostName(host), label(field, r.Hosts[host]))
	}
	return errors.Join(problems...)
}

func (t RESTTLS) validate() error {
	if err := oneOf("rest.tls.mode", t.Mode, TLSSelfSigned, TLSFiles, TLSDisabled); err != nil {
		return err
	}
	if t.Mode != TLSDisabled && !filepath.IsAbs(t.CertDir) {
		return fmt.Errorf("rest.tls.certDir: %q is not possible: an absolute path, or rest.tls.mode %s", t.CertDir, TLSDisabled)
	}
	return nil
}

func (t Tracing) validate() error {
	problem := within("rest.tracing.samplingRatePerMillion", t.SamplingRatePerMillion, 0, mostSamplingRate)
	if t.Endpoint == "" {
		return problem
	}
	host, port, err := net.SplitHostPort(t.Endpoint)
	if err != nil || host == "" || port == "" {
		return errors.Join(problem, fmt.Errorf("rest.tracing.endpoint: %q is not possible: host:port", t.Endpoint))
	}
	return problem
}

// hostName wants the name as it is compared: that of a request is put into lower case and loses its port.
func hostName(host string) error {
	if net.ParseIP(host) != nil || len(validation.IsDNS1123Subdomain(host)) == 0 {
		return nil
	}
	return fmt.Errorf("rest.hosts: %q is not possible: a host name in lower case, or an IP address, without a port", host)
}

func label(field, namespace string) error {
	if namespace == "" {
		return nil
	}
	if messages := validation.IsDNS1123Label(namespace); len(messages) > 0 {
		return fmt.Errorf("%s: %q is not possible: %s", field, namespace, strings.Join(messages, "; "))
	}
	return nil
}

func within[T cmp.Ordered](field string, value, least, most T) error {
	if value < least || value > most {
		return fmt.Errorf("%s: %v is not possible: from %v to %v", field, value, least, most)
	}
	return nil
}
