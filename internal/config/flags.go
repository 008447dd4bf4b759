package config

import "strconv"

// setting is a flag for a field of the configuration file.
type setting struct {
	flag, usage string
	boolean     bool
	set         func(*OperatorConfiguration, string) error
}

// override is a setting as given on the command line. The last one of a flag wins.
type override struct {
	setting setting
	value   string
}

var settings = []setting{
	{
		flag: "namespace", usage: "The operator's own namespace, with the accounts and the leader's lease.",
		set: text(func(c *OperatorConfiguration) *string { return &c.Namespace }),
	},
	{
		flag: "leader-elect", usage: "Elect one replica to run the timers. Every replica may charge.", boolean: true,
		set: boolean(func(c *OperatorConfiguration) *bool { return &c.LeaderElection.Enabled }),
	},
	{
		flag: "metrics-bind-address", usage: `Where metrics are served, host:port, or "0" for nowhere.`,
		set: text(func(c *OperatorConfiguration) *string { return &c.Metrics.BindAddress }),
	},
	{
		flag: "metrics-secure", usage: "Serve metrics over TLS, to callers that RBAC allows to read /metrics.", boolean: true,
		set: boolean(func(c *OperatorConfiguration) *bool { return &c.Metrics.Secure }),
	},
	{
		flag: "health-probe-bind-address", usage: `Where /healthz and /readyz are served, host:port, or "0" for nowhere.`,
		set: text(func(c *OperatorConfiguration) *string { return &c.Health.BindAddress }),
	},
	{
		flag: "rest-bind-address", usage: `Where the REST API is served, host:port, or "0" for nowhere.`,
		set: text(func(c *OperatorConfiguration) *string { return &c.REST.BindAddress }),
	},
	{
		flag: "rest-default-namespace", usage: "The tenant of REST requests that name none.",
		set: text(func(c *OperatorConfiguration) *string { return &c.REST.DefaultNamespace }),
	},
	{
		flag: "rest-tls-mode", usage: "SelfSigned, Files or Disabled.",
		set: text(func(c *OperatorConfiguration) *string { return &c.REST.TLS.Mode }),
	},
	{
		flag: "usage-sqlite", usage: "The file that usage records are kept in. One replica at a time may have it open.",
		set: text(func(c *OperatorConfiguration) *string { return &c.Usage.Store.SQLite.Path }),
	},
	{
		flag: "usage-log", usage: "A file that takes every transaction of this replica as a line of JSON.",
		set: text(func(c *OperatorConfiguration) *string { return &c.UsageLog.Path }),
	},
	{
		flag: "log-level", usage: "error, info or debug.",
		set: text(func(c *OperatorConfiguration) *string { return &c.Log.Level }),
	},
	{
		flag: "log-format", usage: "json or text.",
		set: text(func(c *OperatorConfiguration) *string { return &c.Log.Format }),
	},
	{
		flag:  "development-charge-period",
		usage: "NEVER in production: charge sessions this often, 1s to 24h, and shorten every other duration to match.",
		set: func(c *OperatorConfiguration, value string) error {
			c.Development.ChargePeriod = parseDuration(value)
			return nil
		},
	},
}

func text(field func(*OperatorConfiguration) *string) func(*OperatorConfiguration, string) error {
	return func(c *OperatorConfiguration, value string) error {
		*field(c) = value
		return nil
	}
}

func boolean(field func(*OperatorConfiguration) *bool) func(*OperatorConfiguration, string) error {
	return func(c *OperatorConfiguration, value string) (err error) {
		*field(c), err = strconv.ParseBool(value)
		return err
	}
}
