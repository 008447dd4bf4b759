package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestUsageIsRead(t *testing.T) {
	file := header + `
usage:
  store:
    type: PostgreSQL
    sqlite: {path: /var/lib/usage.db}
    postgresql: {urlFile: /etc/usage/url}
  retention: 8760h
  spill: {maxBytes: 4194304}
  whenFull: Continue
  sink: {url: "https://events.example.com/usage?source=a", authorizationFile: /etc/sink/authorization}
`
	want := Default()
	want.Usage = Usage{
		Store: UsageStore{
			Type: UsageStorePostgreSQL, SQLite: UsageSQLite{Path: "/var/lib/usage.db"}, PostgreSQL: UsagePostgreSQL{URLFile: "/etc/usage/url"},
		},
		Retention: DurationOf(8760 * time.Hour), Spill: UsageSpill{MaxBytes: 4 << 20}, WhenFull: UsageContinue,
		Sink: UsageSink{URL: "https://events.example.com/usage?source=a", AuthorizationFile: "/etc/sink/authorization"},
	}
	got, err := load(t, file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Duration{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWhatIsConfiguredIsTheStore(t *testing.T) {
	for name, test := range map[string]struct {
		store UsageStore
		want  string
	}{
		"nothing":               {UsageStore{}, UsageStoreNone},
		"a file":                {UsageStore{SQLite: UsageSQLite{Path: "/a"}}, UsageStoreSQLite},
		"a database":            {UsageStore{PostgreSQL: UsagePostgreSQL{URLFile: "/a"}}, UsageStorePostgreSQL},
		"a file that is unused": {UsageStore{Type: UsageStoreNone, SQLite: UsageSQLite{Path: "/a"}}, UsageStoreNone},
	} {
		if got := test.store.Resolved(); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

func TestUsageRefuses(t *testing.T) {
	tests := map[string]struct{ usage, want string }{
		"an unknown store":            {"{store: {type: MySQL}}", `usage.store.type: "MySQL" is not possible: SQLite, PostgreSQL, None`},
		"a store without a file":      {"{store: {type: SQLite}}", `usage.store.sqlite.path: "" is not possible: an absolute path`},
		"a store without a URL":       {"{store: {type: PostgreSQL}}", `usage.store.postgresql.urlFile: "" is not possible: an absolute path`},
		"a file that depends on ours": {"{store: {sqlite: {path: usage.db}}}", `usage.store.sqlite.path: "usage.db" is not possible: an absolute path`},
		"two stores":                  {"{store: {sqlite: {path: /a}, postgresql: {urlFile: /b}}}", "usage.store.type: sqlite.path and postgresql.urlFile are both set"},
		"a retention of a day":        {"{retention: 24h}", "usage.retention: 24h is not possible: from 744h to 175200h"},
		"a retention that is none":    {"{retention: ever}", `usage.retention: "ever" is not a duration`},
		"a spill of nothing":          {"{spill: {maxBytes: 0}}", "usage.spill.maxBytes: 0 is not possible: from 4194304 to 4294967296"},
		"an unknown policy":           {"{whenFull: Drop}", `usage.whenFull: "Drop" is not possible: Stop, Continue`},
		"a sink that is no HTTP":      {"{store: {sqlite: {path: /a}}, sink: {url: kafka://a}}", `usage.sink.url: "kafka://a" is not possible: an http or https URL`},
		"a secret for nobody":         {"{store: {sqlite: {path: /a}}, sink: {authorizationFile: /a}}", "usage.sink.authorizationFile: there is nobody to send it to"},
		"a secret for everybody":      {"{store: {sqlite: {path: /a}}, sink: {url: http://a, authorizationFile: /a}}", `usage.sink.url: "http://a" is not possible together with usage.sink.authorizationFile: an https URL`},
		"a secret of a relative path": {"{store: {sqlite: {path: /a}}, sink: {url: https://a, authorizationFile: a}}", `usage.sink.authorizationFile: "a" is not possible: an absolute path`},
		"a sink without a store":      {"{sink: {url: https://a}}", "usage.sink.url: events are sent from the store, and there is none"},
		"an unknown field":            {"{dir: /a}", `unknown field "usage.dir"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, header+"usage: "+test.usage+"\n")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
