package tenantconfiguration

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

var (
	now      = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	defaults = kubestore.Settings{Terms: licensing.Terms{Period: time.Hour, HeartbeatWindow: 30 * time.Minute, HeartbeatGrace: 10 * time.Second}}
)

func input(defaults kubestore.Settings, spec v1alpha1.TenantConfigurationSpec) Input {
	in := Input{Object: &v1alpha1.TenantConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "default", Generation: 2}, Spec: spec}, Now: now}
	in.Settings, in.Problem = defaults.Decided(spec)
	return in
}

func TestStatus(t *testing.T) {
	tolerant := defaults
	tolerant.TimezoneTolerant = true
	development := kubestore.Settings{Terms: licensing.Terms{Period: 5 * time.Second, HeartbeatWindow: 2500 * time.Millisecond}}
	for name, test := range map[string]struct {
		in         Input
		want       string
		conditions []string
	}{
		"who decides nothing has what the operator's configuration says": {
			input(defaults, v1alpha1.TenantConfigurationSpec{}), "1h 30m false",
			[]string{"Ready=True Reconciled the next charge of a session is for 1h, and line items are usable from their start until their end"},
		},
		"a period and tolerance of its own": {
			input(defaults, v1alpha1.TenantConfigurationSpec{TimezoneTolerant: new(true), SessionChargePeriod: "90m"}), "1h30m 45m true",
			[]string{"Ready=True Reconciled the next charge of a session is for 1h30m, and line items are usable from 12 hours before their start until 12 hours after their end"},
		},
		"false is a decision too": {
			input(tolerant, v1alpha1.TenantConfigurationSpec{TimezoneTolerant: new(false)}), "1h 30m false",
			[]string{"Ready=True Reconciled the next charge of a session is for 1h, and line items are usable from their start until their end"},
		},
		"a period of development": {
			input(development, v1alpha1.TenantConfigurationSpec{}), "5s 2.5s false",
			[]string{"Ready=True Reconciled the next charge of a session is for 5s, and line items are usable from their start until their end"},
		},
		"a decision that is not possible is left out, the others hold": {
			input(defaults, v1alpha1.TenantConfigurationSpec{TimezoneTolerant: new(true), SessionChargePeriod: "9m"}), "1h 30m true",
			[]string{
				"Ready=False InvalidSpec spec.sessionChargePeriod: 9m is not possible: whole minutes from 10m to 24h are; in effect: " +
					"the next charge of a session is for 1h, and line items are usable from 12 hours before their start until 12 hours after their end",
				"Stalled=True InvalidSpec spec.sessionChargePeriod: 9m is not possible: whole minutes from 10m to 24h are; in effect: " +
					"the next charge of a session is for 1h, and line items are usable from 12 hours before their start until 12 hours after their end",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := Status(test.in)
			if in := fmt.Sprint(got.SessionChargePeriod, " ", got.HeartbeatWindow, " ", *got.TimezoneTolerant); in != test.want {
				t.Errorf("in effect: %s, want %s", in, test.want)
			}
			var conditions []string
			for _, c := range got.Conditions {
				conditions = append(conditions, fmt.Sprintf("%s=%s %s %s", c.Type, c.Status, c.Reason, c.Message))
			}
			if diff := cmp.Diff(test.conditions, conditions); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStatusIsTheSameWhenNothingChanged(t *testing.T) {
	in := input(defaults, v1alpha1.TenantConfigurationSpec{})
	in.Object.Status = Status(in)
	in.Now = in.Now.Add(time.Hour)
	if diff := cmp.Diff(in.Object.Status, Status(in)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}
