package rest

import (
	"fmt"
	"testing"

	"github.com/licensing-operator/licensing-operator/test/conformance"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
)

// TestConformanceOfThreeReplicas rotates every call over them.
func TestConformanceOfThreeReplicas(t *testing.T) { examine(t, system.Target()) }

// TestConformanceOfOneReplica also waits for the idle limit.
func TestConformanceOfOneReplica(t *testing.T) {
	one, err := embedded.Start(t.Context(), embedded.Options{ChargePeriod: chargePeriod, IdleLimit: 9 * chargePeriod})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := one.Stop(); err != nil {
			t.Error(err)
		}
	})
	examine(t, one.Target())
}

// examine makes each check a test of its own, so that a failure names it.
func examine(t *testing.T, target conformance.Target) {
	report, err := conformance.Run(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range report.Results {
		t.Run(result.Name(), func(t *testing.T) {
			if result.NotShown != "" {
				t.Logf("not shown here: %s", result.NotShown)
			}
			for i, check := range result.Checks {
				t.Run(fmt.Sprintf("%02d %s", i+1, check.What), func(t *testing.T) {
					if !check.Passed {
						t.Errorf("expected %s\ngot      %s\n%s", check.Expected, check.Got, check.Exchange)
					}
				})
			}
		})
	}
	passed, failed, notShown := report.Count()
	t.Logf("%d checks passed, %d failed, %d cases are shown by unit tests only, in %s", passed, failed, notShown, report.Took)
	if passed == 0 {
		t.Error("nothing was examined")
	}
}
