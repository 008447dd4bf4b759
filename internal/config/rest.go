package config

import "time"

// REST is the API for clients outside of the cluster.
type REST struct {
	// BindAddress is host:port, or "0" for none.
	BindAddress string `json:"bindAddress"`
	// DefaultNamespace is the tenant of requests that name none, by their path or their host. Empty: such requests are
	// not found.
	DefaultNamespace string `json:"defaultNamespace,omitempty"`
	// Hosts are tenants by host name.
	Hosts map[string]string `json:"hosts,omitempty"`

	// ServiceAccountAudiences are those that tokens of ServiceAccounts must be for, one of them. Empty: those of the API
	// server, which every pod has a token for.
	ServiceAccountAudiences []string `json:"serviceAccountAudiences,omitempty"`

	TLS RESTTLS `json:"tls"`

	// MaxInFlight is how many requests are worked on at once, 1 to 65536. Beyond it is 503.
	MaxInFlight int       `json:"maxInFlight"`
	RateLimit   RateLimit `json:"rateLimit"`
	// MaxBodyBytes is the largest body that is taken, 4096 to 16777216.
	MaxBodyBytes int64 `json:"maxBodyBytes"`
	// DrainDelay is how long a stopping replica still takes requests, until no more are sent to it; 0s to 1m.
	DrainDelay Duration `json:"drainDelay"`

	Tracing Tracing `json:"tracing"`
}

// RESTTLS says where the certificate comes from.
type RESTTLS struct {
	// Mode is SelfSigned, Files or Disabled.
	Mode string `json:"mode"`
	// CertDir has tls.crt and tls.key.
	CertDir string `json:"certDir"`
}

// RateLimit is what each caller may ask for.
type RateLimit struct {
	// RequestsPerSecond in the long run, 0 to 100000; 0 for no limit. Beyond it is 429.
	RequestsPerSecond int `json:"requestsPerSecond"`
	// Burst is how many at once, after a pause; 1 to 100000.
	Burst int `json:"burst"`
}

// Tracing sends spans of requests to an OpenTelemetry collector.
type Tracing struct {
	// Endpoint is the collector's host:port for OTLP over gRPC. Empty: there is no tracing.
	Endpoint string `json:"endpoint,omitempty"`
	// SamplingRatePerMillion is how many requests of a million are traced whose caller has not decided it, 0 to 1000000.
	SamplingRatePerMillion int32 `json:"samplingRatePerMillion"`
}

// What rest.tls.mode may be.
const (
	// TLSSelfSigned has the operator make a certificate and renew it.
	TLSSelfSigned = "SelfSigned"
	// TLSFiles takes what somebody else puts into the directory.
	TLSFiles = "Files"
	// TLSDisabled serves plain HTTP, for a proxy in the same pod or for development.
	TLSDisabled = "Disabled"
)

// Enabled tells whether the API is served.
func (r REST) Enabled() bool { return r.BindAddress != nowhere }

// RESTDrainDelay is rest.drainDelay, but none in development: there nobody sends requests to a stopping replica.
func (c OperatorConfiguration) RESTDrainDelay() time.Duration {
	if c.InDevelopment() {
		return 0
	}
	return c.REST.DrainDelay.Duration
}
