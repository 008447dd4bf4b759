package metrics

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestVerification(t *testing.T) {
	metrics := gather(t)
	const differing, compared = "licensing_operator_ledger_differs", "licensing_operator_ledger_verified_timestamp_seconds"
	expect := func(what string, differs map[string]float64, verified float64) {
		t.Helper()
		all := metrics()
		if diff := cmp.Diff(differs, values(all[differing])); diff != "" {
			t.Errorf("%s: differs (-want +got)\n%s", what, diff)
		}
		if got := values(all[compared])[""]; got != verified {
			t.Errorf("%s: verified at %v, want %v", what, got, verified)
		}
	}
	expect("in the beginning", map[string]float64{}, 0)
	Verification{}.Leads(time.Unix(1000, 0))
	expect("who begins to lead", map[string]float64{}, 1000)
	Verification{}.Differs(account(1), true)
	Verification{}.Differs(account(2), false)
	Verification{}.Verified(time.Unix(2000, 0))
	expect("who has compared", map[string]float64{"customer-1/producer-1": 1}, 2000)
	Verification{}.Differs(account(1), false)
	expect("what agrees again", map[string]float64{}, 2000)
	Verification{}.Differs(account(1), true)
	Verification{}.Idle()
	expect("who leaves it to another one", map[string]float64{}, 0)
}
