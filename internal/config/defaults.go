package config

import "time"

// The defaults that are not obvious from their field.
const (
	// defaultIdleLimit is 30 days, as the service that clients know has it.
	defaultIdleLimit = 30 * 24 * time.Hour
	// A reconcile spends its time waiting for a group commit, which takes as many as are waiting.
	defaultMaxConcurrentReconciles = 32
	// A request spends its time waiting for a group commit, which takes as many as are waiting.
	defaultMaxInFlight = 1024
	// A client asks a few times an hour, but all clients of a customer may share one token, and start in the same minute of
	// the morning. The limits are for what has gone wild.
	defaultRequestsPerSecond = 2000
	defaultBurst             = 4000
	defaultMaxBodyBytes      = 1 << 20
	// defaultDrainDelay is what endpoints usually need to learn that a pod is not ready.
	defaultDrainDelay = 3 * time.Second
	// Two series for each line item are little for Prometheus, and few producers have sold more.
	defaultMaxLineItems = 1000
	defaultCertDir      = "/etc/licensing-operator-rest-cert"
	defaultSamplingRate = 10_000
	// defaultSpill is an eighth of what etcd holds by default.
	defaultSpill = 256 << 20
)

// Default is the configuration of an empty file.
func Default() OperatorConfiguration {
	return OperatorConfiguration{
		APIVersion: APIVersion,
		Kind:       Kind,
		Sessions: Sessions{
			ChargePeriod:   DurationOf(time.Hour),
			HeartbeatGrace: DurationOf(10 * time.Second),
			IdleLimit:      DurationOf(defaultIdleLimit),
			Retention:      DurationOf(time.Hour),
		},
		Controllers: Controllers{MaxConcurrentReconciles: defaultMaxConcurrentReconciles},
		LeaderElection: LeaderElection{
			Enabled:       true,
			LeaseDuration: DurationOf(15 * time.Second),
			RenewDeadline: DurationOf(10 * time.Second),
			RetryPeriod:   DurationOf(2 * time.Second),
		},
		Metrics: Metrics{BindAddress: ":8443", Secure: true, MaxLineItems: defaultMaxLineItems},
		Health:  Health{BindAddress: ":8081"},
		REST: REST{
			BindAddress:  ":8444",
			TLS:          RESTTLS{Mode: TLSSelfSigned, CertDir: defaultCertDir},
			MaxInFlight:  defaultMaxInFlight,
			RateLimit:    RateLimit{RequestsPerSecond: defaultRequestsPerSecond, Burst: defaultBurst},
			MaxBodyBytes: defaultMaxBodyBytes,
			DrainDelay:   DurationOf(defaultDrainDelay),
			Tracing:      Tracing{SamplingRatePerMillion: defaultSamplingRate},
		},
		Usage: Usage{Spill: UsageSpill{MaxBytes: defaultSpill}, WhenFull: UsageStop},
		Log:   Log{Level: LevelInfo, Format: FormatJSON},
	}
}
