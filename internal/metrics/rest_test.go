package metrics

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRESTCountsRequests(t *testing.T) {
	read := gather(t)
	restSeconds.Reset()
	for range 3 {
		REST{}.Began()
	}
	REST{}.Served("closeSession", "v1.0", 204, 20*time.Millisecond)
	REST{}.Served("", "", 404, time.Millisecond)
	REST{}.Rejected("caller_rate")
	REST{}.Panicked("")
	t.Cleanup(func() { restInFlight.Set(0) })

	metrics := read()
	got := map[string]map[string]float64{
		"requests":  counted(metrics["licensing_operator_rest_requests_total"]),
		"in flight": values(metrics["licensing_operator_rest_requests_in_flight"]),
		"rejected":  counted(metrics["licensing_operator_rest_rejected_total"]),
		"panics":    counted(metrics["licensing_operator_rest_panics_total"]),
	}
	want := map[string]map[string]float64{
		"requests":  {"204/closeSession/v1.0": 1, "404/none/none": 1},
		"in flight": {"": 1},
		"rejected":  {"caller_rate": 1},
		"panics":    {"none": 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	took := 0.0
	for _, series := range metrics["licensing_operator_rest_request_duration_seconds"] {
		took += series.GetHistogram().GetSampleSum()
	}
	if took != 0.021 {
		t.Errorf("the requests took %g s, want 0.021", took)
	}
}
