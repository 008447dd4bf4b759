package config

// The type of the configuration file.
const (
	APIVersion = "config.licensing-operator.dev/v1alpha1"
	Kind       = "OperatorConfiguration"
)

// OperatorConfiguration is the content of the configuration file. What the file leaves out has the value that Default
// gives; nothing is filled in later.
type OperatorConfiguration struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`

	// Namespace is the operator's own: the accounts of the ledger and the leader's lease are in it. Without one here, it is
	// the namespace that the process runs in.
	Namespace string `json:"namespace,omitempty"`

	Sessions       Sessions       `json:"sessions"`
	Controllers    Controllers    `json:"controllers"`
	LeaderElection LeaderElection `json:"leaderElection"`
	Metrics        Metrics        `json:"metrics"`
	Health         Health         `json:"health"`
	REST           REST           `json:"rest"`
	Usage          Usage          `json:"usage"`
	UsageLog       UsageLog       `json:"usageLog"`
	Log            Log            `json:"log"`
	Development    Development    `json:"development"`
}

// Sessions are the terms on which sessions are charged and ended. A change takes effect on a running session from its
// next charge on.
type Sessions struct {
	// ChargePeriod is how long one charge lasts, 10m to 24h. The heartbeat window is half of it.
	ChargePeriod Duration `json:"chargePeriod"`
	// HeartbeatGrace is how long after the heartbeat window the session is ended, to cover clock skew between replicas and
	// slow writes. Less than half the charge period.
	HeartbeatGrace Duration `json:"heartbeatGrace"`
	// IdleLimit is how long a session may hold nothing before it is ended, 1h to 8760h.
	IdleLimit Duration `json:"idleLimit"`
	// Retention is how long a session that has ended stays readable before its object is deleted, 0s to 720h.
	Retention Duration `json:"retention"`
	// TimezoneTolerant makes line items usable 12 hours before their start and 12 hours after their end, for clients far
	// from UTC.
	TimezoneTolerant bool `json:"timezoneTolerant"`
}

// Controllers bounds the work done at once.
type Controllers struct {
	// MaxConcurrentReconciles is how many sessions are worked on at once, 1 to 512; their claims share commits.
	MaxConcurrentReconciles int `json:"maxConcurrentReconciles"`
}

// LeaderElection decides which replica runs the timers. Every replica may charge.
type LeaderElection struct {
	Enabled bool `json:"enabled"`
	// LeaseDuration is how long the others wait for a leader that went away without a word. More than RenewDeadline.
	LeaseDuration Duration `json:"leaseDuration"`
	// RenewDeadline is how long the leader tries to renew its lease before it gives up. More than 1.2 times RetryPeriod.
	RenewDeadline Duration `json:"renewDeadline"`
	// RetryPeriod is the pause between two tries.
	RetryPeriod Duration `json:"retryPeriod"`
}

// Metrics says where Prometheus metrics are served.
type Metrics struct {
	// BindAddress is host:port, or "0" for none.
	BindAddress string `json:"bindAddress"`
	// Secure serves them over TLS, to callers that may read /metrics by RBAC.
	Secure bool `json:"secure"`
	// MaxLineItems bounds the line items whose tokens are metrics of their own, 0 to 100000; 0 is for none.
	MaxLineItems int `json:"maxLineItems"`
}

// Health says where /healthz and /readyz are served.
type Health struct {
	// BindAddress is host:port, or "0" for none.
	BindAddress string `json:"bindAddress"`
}

// UsageLog is a file that takes every transaction of this replica as a line of JSON.
type UsageLog struct {
	// Path of the file; without one there is no usage log.
	Path string `json:"path,omitempty"`
}

// Log is how the operator logs.
type Log struct {
	// Level is error, info or debug.
	Level string `json:"level"`
	// Format is json or text.
	Format string `json:"format"`
}

// Development shortens the life of sessions to what a person can watch. NEVER set it in production: customers would be
// charged hundreds of times.
type Development struct {
	// ChargePeriod, 1s to 24h, replaces sessions.chargePeriod. The durations below then replace those of sessions too:
	// as given here, or else in proportion to the period.
	ChargePeriod Duration `json:"chargePeriod,omitzero"`
	// HeartbeatGrace is a tenth of the period unless given.
	HeartbeatGrace Duration `json:"heartbeatGrace,omitzero"`
	// IdleLimit is 720 periods unless given, as 720h are of an hour.
	IdleLimit Duration `json:"idleLimit,omitzero"`
	// Retention is one period but at least a minute unless given.
	Retention Duration `json:"retention,omitzero"`
}
