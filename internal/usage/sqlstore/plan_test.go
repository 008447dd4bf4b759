package sqlstore

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

func TestTimeIsCoveredByTheLongestPeriodsAndItsEndsByShorterOnes(t *testing.T) {
	at := func(text string) time.Time {
		if text == "" {
			return time.Time{}
		}
		parsed, err := time.Parse("2006-01-02T15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	for _, test := range []struct {
		name     string
		by       []usage.Dimension
		query    usage.Query
		from, to string
		want     []string
	}{
		{
			name: "always is months alone", want: []string{"cube 1:  .. "},
		},
		{
			name: "whole months are months alone", from: "2026-01-01T00:00", to: "2026-04-01T00:00", want: []string{"cube 1: 2026-01-01T00:00 .. 2026-04-01T00:00"},
		},
		{
			name: "ends to the minute are days, hours and records", from: "2026-01-30T22:15", to: "2026-03-02T01:30", by: []usage.Dimension{usage.ByLineItem},
			want: []string{
				"cube 2: 2026-02-01T00:00 .. 2026-03-01T00:00",
				"cube 4: 2026-01-31T00:00 .. 2026-02-01T00:00",
				"cube 8: 2026-01-30T23:00 .. 2026-01-31T00:00",
				"records: 2026-01-30T22:15 .. 2026-01-30T23:00",
				"cube 4: 2026-03-01T00:00 .. 2026-03-02T00:00",
				"cube 8: 2026-03-02T00:00 .. 2026-03-02T01:00",
				"records: 2026-03-02T01:00 .. 2026-03-02T01:30",
			},
		},
		{
			name: "within an hour there are records only", from: "2026-01-30T22:15", to: "2026-01-30T22:45", want: []string{"records: 2026-01-30T22:15 .. 2026-01-30T22:45"},
		},
		{
			name: "days are not added up by months", by: []usage.Dimension{usage.ByDay}, from: "2026-01-01T00:00", to: "2026-04-01T00:00",
			want: []string{"cube 3: 2026-01-01T00:00 .. 2026-04-01T00:00"},
		},
		{
			name: "an open beginning has one end", to: "2026-04-01T05:00", by: []usage.Dimension{usage.ByDay, usage.ByLineItem},
			want: []string{"cube 4:  .. 2026-04-01T00:00", "cube 8: 2026-04-01T00:00 .. 2026-04-01T05:00"},
		},
		{
			name: "instances are told apart", by: []usage.Dimension{usage.ByDay, usage.ByItem, usage.ByInstance}, want: []string{"cube 6:  .. "},
		},
		{
			name: "some instances are told apart", query: usage.Query{Instances: []string{"a"}}, by: []usage.Dimension{usage.ByDay, usage.ByItem}, want: []string{"cube 6:  .. "},
		},
		{
			name: "sessions are in records only", by: []usage.Dimension{usage.BySession}, from: "2026-01-01T00:00", want: []string{"records: 2026-01-01T00:00 .. "},
		},
		{
			name: "a session is in records only", query: usage.Query{Sessions: []string{"s"}}, want: []string{"records:  .. "},
		},
		{
			name: "what no sums are of is in records only", by: []usage.Dimension{usage.ByRequester, usage.ByItem}, want: []string{"records:  .. "},
		},
		{name: "no time is nothing", from: "2026-04-01T00:00", to: "2026-04-01T00:00"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, segment := range needOf(usage.Aggregation{Query: test.query, By: test.by}).plan(at(test.from), at(test.to)) {
				source := "records"
				if segment.cube != nil {
					source = fmt.Sprint("cube ", segment.cube.id)
				}
				got = append(got, fmt.Sprintf("%s: %s .. %s", source, short(segment.from), short(segment.to)))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func short(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02T15:04")
}

func TestPeriodsBeforeNineteenSeventyBeginEarlierToo(t *testing.T) {
	before := time.Date(1969, 12, 31, 22, 30, 0, 0, time.UTC)
	for grain, want := range map[grain]time.Time{
		hours:  time.Date(1969, 12, 31, 22, 0, 0, 0, time.UTC),
		days:   time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC),
		months: time.Date(1969, 12, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got := grain.floor(before); !got.Equal(want) || !timeOf(hourOf(want)).Equal(want) {
			t.Errorf("the period of %s begins at %s, want %s", before, got, want)
		}
	}
}
