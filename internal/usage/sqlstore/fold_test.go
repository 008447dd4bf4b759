package sqlstore

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

func TestAnAggregationTakesSoMuchMemoryOnly(t *testing.T) {
	t.Parallel()
	by := []usage.Dimension{usage.BySession}
	for _, test := range []struct {
		aggregation usage.Aggregation
		possible    int
		says        string
	}{
		{usage.Aggregation{By: by}, mostBuckets, "by: gives more than the 100000 sums that are possible: narrow from and to, filter, or ask for the top ones"},
		{usage.Aggregation{By: by, Most: 10}, 10, "by: gives more than the 10 sums that are possible"},
		{usage.Aggregation{By: by, Most: 1 << 40}, mostBuckets, "by: gives more than the 100000 sums that are possible"},
		{usage.Aggregation{By: by, Top: 1}, mostBuckets, "by: gives more than the 100000 sums that the top ones can be found among: narrow from and to, filter, or name fewer"},
	} {
		f := newFold(test.aggregation)
		record := usage.Record{SubjectKind: "Session"}
		for n := range test.possible {
			record.SubjectUID = strconv.Itoa(n)
			if _, err := f.bucket(record); err != nil {
				t.Fatalf("bucket %d: %v", n, err)
			}
		}
		if _, err := f.bucket(record); err != nil {
			t.Errorf("a bucket that is there: %v", err)
		}
		record.SubjectUID = "one more"
		_, err := f.bucket(record)
		if refused := (refusal{}); !errors.As(err, &refused) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("got %v, want a refusal that says %q", err, test.says)
		}
	}
}
