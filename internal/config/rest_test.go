package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRESTIsRead(t *testing.T) {
	file := header + `
rest:
  bindAddress: ":443"
  defaultNamespace: acme
  hosts: {licenses.example.com: acme, 192.0.2.1: other, "::1": other}
  tls: {mode: Files, certDir: /certs}
  maxInFlight: 1
  rateLimit: {requestsPerSecond: 0, burst: 1}
  maxBodyBytes: 4096
  drainDelay: 0s
  tracing: {endpoint: "collector:4317", samplingRatePerMillion: 1000000}
`
	want := Default()
	want.REST = REST{
		BindAddress: ":443", DefaultNamespace: "acme",
		Hosts:       map[string]string{"licenses.example.com": "acme", "192.0.2.1": "other", "::1": "other"},
		TLS:         RESTTLS{Mode: TLSFiles, CertDir: "/certs"},
		MaxInFlight: 1, RateLimit: RateLimit{Burst: 1}, MaxBodyBytes: 4096,
		Tracing: Tracing{Endpoint: "collector:4317", SamplingRatePerMillion: 1_000_000},
	}
	got, err := load(t, file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Duration{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRESTRefuses(t *testing.T) {
	tests := map[string]struct{ rest, want string }{
		"an address without a port":        {"{bindAddress: localhost}", `rest.bindAddress: "localhost" is not possible`},
		"a default that is no namespace":   {"{defaultNamespace: Acme}", `rest.defaultNamespace: "Acme" is not possible`},
		"a host in upper case":             {"{hosts: {Example.com: acme}}", `rest.hosts: "Example.com" is not possible: a host name in lower case`},
		"a host with a port":               {`{hosts: {"example.com:8444": acme}}`, `rest.hosts: "example.com:8444" is not possible`},
		"a host without a namespace":       {`{hosts: {example.com: ""}}`, `rest.hosts[example.com]: a namespace is missing`},
		"a host of no namespace":           {"{hosts: {example.com: A}}", `rest.hosts[example.com]: "A" is not possible`},
		"an empty audience":                {`{serviceAccountAudiences: ["a", ""]}`, "rest.serviceAccountAudiences[1]: is empty, leave it out"},
		"an unknown mode":                  {"{tls: {mode: Auto}}", `rest.tls.mode: "Auto" is not possible: SelfSigned, Files, Disabled`},
		"a directory that depends on ours": {"{tls: {mode: Files, certDir: certs}}", `rest.tls.certDir: "certs" is not possible: an absolute path`},
		"no request at once":               {"{maxInFlight: 0}", "rest.maxInFlight: 0 is not possible: from 1 to 65536"},
		"a negative rate":                  {"{rateLimit: {requestsPerSecond: -1}}", "rest.rateLimit.requestsPerSecond: -1 is not possible: from 0 to 100000"},
		"no burst":                         {"{rateLimit: {burst: 0}}", "rest.rateLimit.burst: 0 is not possible: from 1 to 100000"},
		"bodies too small for a request":   {"{maxBodyBytes: 100}", "rest.maxBodyBytes: 100 is not possible: from 4096 to 16777216"},
		"a drain beyond a minute":          {"{drainDelay: 2m}", "rest.drainDelay: 2m is not possible: from 0s to 1m"},
		"a collector without a port":       {"{tracing: {endpoint: collector}}", `rest.tracing.endpoint: "collector" is not possible: host:port`},
		"more than every request":          {"{tracing: {samplingRatePerMillion: 1000001}}", "rest.tracing.samplingRatePerMillion: 1000001 is not possible: from 0 to 1000000"},
		"an unknown field":                 {"{port: 8444}", `unknown field "rest.port"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, header+"rest: "+test.rest+"\n")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestWithoutTLSNoDirectoryIsNeeded(t *testing.T) {
	if _, err := load(t, header+`rest: {tls: {mode: Disabled, certDir: ""}}`+"\n"); err != nil {
		t.Error(err)
	}
}

func TestRESTDrainDelay(t *testing.T) {
	tests := map[string]struct {
		args []string
		want time.Duration
	}{
		"endpoints get their time":     {want: 3 * time.Second},
		"in development there is none": {args: []string{"--development-charge-period=10s"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			configuration, err := load(t, "", test.args...)
			if err != nil {
				t.Fatal(err)
			}
			if got := configuration.RESTDrainDelay(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestRESTIsEnabledUnlessItsAddressIsZero(t *testing.T) {
	for bindAddress, want := range map[string]bool{"0": false, ":8444": true} {
		if got := (REST{BindAddress: bindAddress}).Enabled(); got != want {
			t.Errorf("%q: got %t, want %t", bindAddress, got, want)
		}
	}
}
