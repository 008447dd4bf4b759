package users

import (
	"fmt"
	"testing"

	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
	"github.com/licensing-operator/licensing-operator/test/conformance/namedusers"
)

// TestConformanceOfThreeReplicas rotates every call over them.
func TestConformanceOfThreeReplicas(t *testing.T) { examine(t, vendor) }

func TestConformanceOfOneReplica(t *testing.T) {
	one, err := embedded.Start(t.Context(), embedded.Options{ChargePeriod: chargePeriod})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := one.Stop(); err != nil {
			t.Error(err)
		}
	})
	target, err := one.NamedUsers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	examine(t, target)
}

// examine makes each check a test of its own, so that a failure names it.
func examine(t *testing.T, target namedusers.Target) {
	report, err := namedusers.Run(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range report.Results {
		t.Run(result.Name(), func(t *testing.T) {
			for i, check := range result.Checks {
				t.Run(fmt.Sprintf("%02d %s", i+1, check.What), func(t *testing.T) {
					if !check.Passed {
						t.Errorf("expected %s\ngot      %s\n%s", check.Expected, check.Got, check.Exchange)
					}
				})
			}
		})
	}
	passed, failed, _ := report.Count()
	t.Logf("%d checks passed, %d failed, in %s", passed, failed, report.Took)
	if passed == 0 {
		t.Error("nothing was examined")
	}
}
