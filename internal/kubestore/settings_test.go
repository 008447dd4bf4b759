package kubestore

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func TestWhatAProducerDecides(t *testing.T) {
	terms := func(period, window, grace time.Duration) licensing.Terms {
		return licensing.Terms{Period: period, HeartbeatWindow: window, HeartbeatGrace: grace, IdleLimit: 720 * time.Hour}
	}
	defaults := terms(time.Hour, 30*time.Minute, 10*time.Second)
	for name, test := range map[string]struct {
		operator licensing.Terms
		period   v1alpha1.Duration
		want     licensing.Terms
		problem  string
	}{
		"nothing": {defaults, "", defaults, ""},
		"a period, of which the heartbeat window is half": {defaults, "1h30m", terms(90*time.Minute, 45*time.Minute, 10*time.Second), ""},
		"the shortest period":                             {defaults, "10m", terms(10*time.Minute, 5*time.Minute, 10*time.Second), ""},
		"the longest period":                              {defaults, "24h", terms(24*time.Hour, 12*time.Hour, 10*time.Second), ""},
		"seconds that are whole minutes":                  {defaults, "5400s", terms(90*time.Minute, 45*time.Minute, 10*time.Second), ""},
		"a period too short for the operator's own grace": {
			terms(24*time.Hour, 12*time.Hour, time.Hour), "10m", terms(10*time.Minute, 5*time.Minute, 150*time.Second), "",
		},
		"a period under development": {
			licensing.Terms{Period: 10 * time.Second, HeartbeatWindow: 5 * time.Second, HeartbeatGrace: time.Second, IdleLimit: 2 * time.Hour}, "1h",
			licensing.Terms{Period: time.Hour, HeartbeatWindow: 30 * time.Minute, HeartbeatGrace: time.Second, IdleLimit: 2 * time.Hour}, "",
		},
		"a minute too few":       {defaults, "9m", defaults, "spec.sessionChargePeriod: 9m is not possible: whole minutes from 10m to 24h are"},
		"a minute too many":      {defaults, "24h1m", defaults, "spec.sessionChargePeriod: 24h1m is not possible: whole minutes from 10m to 24h are"},
		"a minute and a half":    {defaults, "1h30s", defaults, "spec.sessionChargePeriod: 1h30s is not possible: whole minutes from 10m to 24h are"},
		"text that is no period": {defaults, "PT1H", defaults, `spec.sessionChargePeriod: "PT1H" is not a duration: write it as in 1h30m`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Settings{Terms: test.operator}.Decided(v1alpha1.TenantConfigurationSpec{SessionChargePeriod: test.period})
			if diff := cmp.Diff(test.want, got.Terms); diff != "" {
				t.Errorf("terms (-want +got):\n%s", diff)
			}
			problem := ""
			if err != nil {
				problem = err.Error()
			}
			if problem != test.problem {
				t.Errorf("problem %q, want %q", problem, test.problem)
			}
		})
	}
}
