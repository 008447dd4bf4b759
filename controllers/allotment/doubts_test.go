package allotment

import (
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestDoubtsWaitForWhatIsUnderWay(t *testing.T) {
	var doubts Doubts
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	license, other := client.ObjectKey{Name: "license"}, client.ObjectKey{Name: "other"}
	justified := func(want bool, license client.ObjectKey, underWay bool, after time.Duration) {
		t.Helper()
		if got := doubts.Justified(license, underWay, now.Add(after)); got != want {
			t.Errorf("after %s: justified %t, want %t", after, got, want)
		}
	}
	justified(true, license, false, 0)
	justified(false, license, true, 0)
	justified(false, license, true, 4*time.Second)
	justified(false, other, true, 5*time.Second)
	justified(true, license, true, 5*time.Second)
	justified(false, license, true, 6*time.Second) // a recount ends the doubt
	doubts.Dispel(license)
	justified(false, license, true, 12*time.Second)
	justified(true, license, false, 13*time.Second)
}
