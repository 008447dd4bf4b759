package availability

import (
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func TestOutagesAt(t *testing.T) {
	start := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	lease := func(renewed time.Time, outages string) *coordinationv1.Lease {
		return &coordinationv1.Lease{
			ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{outagesAnnotation: outages}},
			Spec:       coordinationv1.LeaseSpec{RenewTime: &metav1.MicroTime{Time: renewed}},
		}
	}
	const early = `[{"from":"2026-11-21T12:00:00Z","to":"2026-11-21T12:05:00Z"}]`
	tests := map[string]struct {
		lease *coordinationv1.Lease
		now   time.Time
		want  []licensing.Outage
	}{
		"the very first record knows of none":            {lease: &coordinationv1.Lease{}, now: at(0), want: []licensing.Outage{}},
		"a gap within the tolerance is none":             {lease: lease(at(0), ""), now: at(0).Add(15 * time.Second), want: []licensing.Outage{}},
		"a longer gap is one":                            {lease: lease(at(0), ""), now: at(7), want: []licensing.Outage{{From: at(0), To: at(7)}}},
		"a clock that jumped back makes none":            {lease: lease(at(5), ""), now: at(0), want: []licensing.Outage{}},
		"what was on record stays, in order":             {lease: lease(at(10), early), now: at(20), want: []licensing.Outage{{From: at(0), To: at(5)}, {From: at(10), To: at(20)}}},
		"what ended longer ago than memory is forgotten": {lease: lease(at(119), early), now: at(119).Add(time.Second), want: []licensing.Outage{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			record := &Record{Log: logr.Discard(), Tolerance: 15 * time.Second, Memory: time.Hour}
			got, err := record.outagesAt(test.lease, test.now)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestOutagesAtRefusesWhatItCannotRead(t *testing.T) {
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{outagesAnnotation: "not JSON"}}}
	if _, err := new(Record).outagesAt(lease, time.Now()); err == nil {
		t.Error("outages that cannot be read must not be taken for none: a client would be ended for them")
	}
}
