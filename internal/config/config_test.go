package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/pflag"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

const header = "apiVersion: config.licensing-operator.dev/v1alpha1\nkind: OperatorConfiguration\n"

func load(t *testing.T, file string, args ...string) (OperatorConfiguration, error) {
	t.Helper()
	if file != "" {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append([]string{"--config", path}, args...)
	}
	return Load(pflag.NewFlagSet("licensing-operator", pflag.ContinueOnError), args)
}

func TestDefaultIsValid(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
}

func TestLoad(t *testing.T) {
	tests := map[string]struct {
		file   string
		args   []string
		change func(*OperatorConfiguration)
	}{
		"nothing given is the default": {change: func(*OperatorConfiguration) {}},
		"a file with a header alone is the default": {
			file: header, change: func(*OperatorConfiguration) {},
		},
		"a file changes what it names and nothing beside": {
			file: header + "sessions:\n  chargePeriod: 1h30m\nmetrics:\n  secure: false\n",
			change: func(c *OperatorConfiguration) {
				c.Sessions.ChargePeriod = DurationOf(90 * time.Minute)
				c.Metrics.Secure = false
			},
		},
		"a flag overrides the file, wherever it stands": {
			file: header + "leaderElection:\n  enabled: true\nlog:\n  level: error\n",
			args: []string{"--leader-elect=false", "--log-level=debug", "--log-format", "text"},
			change: func(c *OperatorConfiguration) {
				c.LeaderElection.Enabled = false
				c.Log = Log{Level: LevelDebug, Format: FormatText}
			},
		},
		"the last of a flag given twice wins": {
			args:   []string{"--namespace=a", "--namespace=b"},
			change: func(c *OperatorConfiguration) { c.Namespace = "b" },
		},
		"every flag reaches its field": {
			args: []string{
				"--namespace=lic", "--leader-elect", "--metrics-bind-address=127.0.0.1:9090", "--metrics-secure=false",
				"--health-probe-bind-address=0", "--rest-bind-address=127.0.0.1:8080", "--rest-default-namespace=acme",
				"--rest-tls-mode=Disabled", "--usage-sqlite=/var/usage.db", "--usage-log=/var/log/usage.jsonl", "--development-charge-period=10s",
			},
			change: func(c *OperatorConfiguration) {
				c.Namespace = "lic"
				c.Metrics = Metrics{BindAddress: "127.0.0.1:9090", MaxLineItems: 1000}
				c.Health.BindAddress = "0"
				c.REST.BindAddress = "127.0.0.1:8080"
				c.REST.DefaultNamespace = "acme"
				c.REST.TLS.Mode = TLSDisabled
				c.Usage.Store.SQLite.Path = "/var/usage.db"
				c.UsageLog.Path = "/var/log/usage.jsonl"
				c.Development.ChargePeriod = DurationOf(10 * time.Second)
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			want := Default()
			test.change(&want)
			got, err := load(t, test.file, test.args...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(Duration{})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	tests := map[string]struct {
		file string
		args []string
		want string
	}{
		"a file without a header":         {file: "sessions: {}\n", want: `apiVersion: "" is not possible: config.licensing-operator.dev/v1alpha1`},
		"another kind":                    {file: "apiVersion: v1\nkind: ConfigMap\n", want: `kind: "ConfigMap" is not possible: OperatorConfiguration`},
		"an unknown field, by its path":   {file: header + "sessions:\n  chargePerod: 1h\n", want: `unknown field "sessions.chargePerod"`},
		"a field given twice":             {file: header + "sessions:\n  retention: 1h\n  retention: 2h\n", want: `key "retention" already set in map`},
		"a number where a text is wanted": {file: header + "log:\n  level: 3\n", want: "log.level"},
		"text that is no duration": {
			file: header + "sessions:\n  idleLimit: 30 days\n",
			want: `sessions.idleLimit: "30 days" is not a duration: write it as in 1h30m or 10s`,
		},
		"a number that is no duration": {file: header + "sessions:\n  retention: 60\n", want: `sessions.retention: "60" is not a duration`},
		"a period that is too short": {
			file: header + "sessions:\n  chargePeriod: 9m\n",
			want: "sessions.chargePeriod: 9m is not possible: from 10m to 24h",
		},
		"a grace that reaches the next charge": {
			file: header + "sessions:\n  chargePeriod: 10m\n  heartbeatGrace: 5m\n",
			want: "sessions.heartbeatGrace: 5m is not possible: less than 5m, half of sessions.chargePeriod",
		},
		"development without a period": {
			file: header + "development:\n  retention: 5s\n",
			want: "development: nothing in it counts without development.chargePeriod",
		},
		"a development period of less than a second": {
			args: []string{"--development-charge-period=10ms"}, want: "development.chargePeriod: 10ms is not possible: from 1s to 24h",
		},
		"a development period that is no duration": {
			args: []string{"--development-charge-period=ten"}, want: `development.chargePeriod: "ten" is not a duration`,
		},
		"a deadline beyond the lease": {
			file: header + "leaderElection:\n  renewDeadline: 15s\n",
			want: "leaderElection.renewDeadline: 15s is not possible: less than leaderElection.leaseDuration, which is 15s",
		},
		"a retry period beyond the deadline": {
			file: header + "leaderElection:\n  retryPeriod: 9s\n",
			want: "leaderElection.retryPeriod: 9s is not possible",
		},
		"too many reconciles": {
			file: header + "controllers:\n  maxConcurrentReconciles: 1000\n",
			want: "controllers.maxConcurrentReconciles: 1000 is not possible: from 1 to 512",
		},
		"more line items than a scrape should carry": {
			file: header + "metrics:\n  maxLineItems: 100001\n",
			want: "metrics.maxLineItems: 100001 is not possible: from 0 to 100000",
		},
		"an address without a port": {args: []string{"--metrics-bind-address=localhost"}, want: `metrics.bindAddress: "localhost" is not possible`},
		"a namespace that is none":  {args: []string{"--namespace=Lic"}, want: `namespace: "Lic" is not possible`},
		"an unknown level":          {args: []string{"--log-level=loud"}, want: `log.level: "loud" is not possible: error, info, debug`},
		"a bool that is none":       {args: []string{"--leader-elect=perhaps"}, want: "--leader-elect"},
		"an unknown flag":           {args: []string{"--leader"}, want: "--leader"},
		"a word that is no flag":    {args: []string{"run"}, want: `"run" is not a flag`},
		"a file that is not there":  {args: []string{"--config=/nowhere/config.yaml"}, want: "--config: open /nowhere/config.yaml"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, test.file, test.args...)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestTerms(t *testing.T) {
	tests := map[string]struct {
		args          []string
		file          string
		want          licensing.Terms
		wantRetention time.Duration
	}{
		"by default": {
			want: licensing.Terms{
				Period: time.Hour, HeartbeatWindow: 30 * time.Minute, HeartbeatGrace: 10 * time.Second, IdleLimit: 720 * time.Hour,
			},
			wantRetention: time.Hour,
		},
		"a development period shortens everything": {
			args: []string{"--development-charge-period=10s"},
			want: licensing.Terms{
				Period: 10 * time.Second, HeartbeatWindow: 5 * time.Second, HeartbeatGrace: time.Second, IdleLimit: 2 * time.Hour,
			},
			wantRetention: time.Minute,
		},
		"what development gives is not in proportion": {
			file: header + "development: {chargePeriod: 4s, heartbeatGrace: 1500ms, idleLimit: 20s, retention: 5s}\n",
			want: licensing.Terms{
				Period: 4 * time.Second, HeartbeatWindow: 2 * time.Second, HeartbeatGrace: 1500 * time.Millisecond, IdleLimit: 20 * time.Second,
			},
			wantRetention: 5 * time.Second,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			configuration, err := load(t, test.file, test.args...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, configuration.Terms()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if got := configuration.Retention(); got != test.wantRetention {
				t.Errorf("retention: got %s, want %s", got, test.wantRetention)
			}
		})
	}
}

func TestWithNamespace(t *testing.T) {
	missing := func(string) ([]byte, error) { return nil, errors.New("no such file") }
	tests := map[string]struct {
		configured, variable string
		readFile             func(string) ([]byte, error)
		want                 string
	}{
		"what is configured wins":       {configured: "a", variable: "b", readFile: missing, want: "a"},
		"then the variable":             {variable: "b", readFile: missing, want: "b"},
		"then that of the pod":          {readFile: func(string) ([]byte, error) { return []byte("c\n"), nil }, want: "c"},
		"outside a cluster a fixed one": {readFile: missing, want: DefaultNamespace},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			configuration := OperatorConfiguration{Namespace: test.configured}
			got := configuration.withNamespace(func(string) string { return test.variable }, test.readFile).Namespace
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestDurationIsWrittenAsItIsRead(t *testing.T) {
	for _, text := range []string{"1h", "1h30m", "720h", "10s", "1m30s", "500ms", "0s", "10m"} {
		got := parseDuration(text)
		if got.String() != text {
			t.Errorf("got %q, want %q", got, text)
		}
		if diff := cmp.Diff(got, parseDuration(got.String()), cmpopts.EquateComparable(Duration{})); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", text, diff)
		}
	}
}

func TestManifestsAreValid(t *testing.T) {
	for manifest, store := range map[string]string{"manager": UsageStoreSQLite, "postgresql": UsageStorePostgreSQL} {
		content, err := os.ReadFile("../../config/" + manifest + "/config.yaml")
		if err != nil {
			t.Fatal(err)
		}
		configuration, err := Decode(content)
		if err != nil {
			t.Fatal(err)
		}
		if err := configuration.Validate(); err != nil {
			t.Errorf("%s: %v", manifest, err)
		}
		if got := configuration.Usage.Store.Resolved(); got != store {
			t.Errorf("%s: usage records are kept in %s", manifest, got)
		}
	}
}
