package restusage

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/standing"
)

func TestALineItemIsLookedAtSinceItsStart(t *testing.T) {
	at := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		hours int64
		start time.Time
		// rate is what 12 tokens are in a day, lasts how long 12 more last at that.
		rate  licensing.Tokens
		lasts time.Duration
		span  string
	}{
		"it started before the window":  {24, at.AddDate(-1, 0, 0), 12 * licensing.Token, 24 * time.Hour, "of the last 24 hours"},
		"it started with the window":    {24, at.Add(-24 * time.Hour), 12 * licensing.Token, 24 * time.Hour, "of the last 24 hours"},
		"it started inside":             {168, at.Add(-12 * time.Hour), 24 * licensing.Token, 12 * time.Hour, "since 2026-03-09T12:00:00Z"},
		"it started to the millisecond": {168, at.Add(-12*time.Hour - 500*time.Millisecond), 23_999_722, 12*time.Hour + 500*time.Millisecond, "since 2026-03-09T11:59:59.5Z"},
		"it started an hour ago":        {168, at.Add(-time.Hour), 288 * licensing.Token, time.Hour, "since 2026-03-09T23:00:00Z"},
		"it started a minute ago":       {168, at.Add(-time.Minute), 288 * licensing.Token, time.Hour, "since 2026-03-09T23:00:00Z"},
		"it starts tomorrow":            {168, at.AddDate(0, 0, 1), 288 * licensing.Token, time.Hour, "since 2026-03-09T23:00:00Z"},
		"the window is an hour":         {1, at.Add(-time.Minute), 288 * licensing.Token, time.Hour, "of the last 1 hours"},
		"nobody knows when it started":  {24, time.Time{}, 12 * licensing.Token, 24 * time.Hour, "of the last 24 hours"},
	} {
		w := window{to: at, hours: test.hours}.of(test.start)
		if got := w.ratePerDay(licensing.SumOf(12, 0)); got != test.rate {
			t.Errorf("%s: %s a day, want %s", name, got, test.rate)
		}
		if got := w.lasts(12*licensing.Token, licensing.SumOf(12, 0), at.AddDate(10, 0, 0)); !got.Equal(at.Add(test.lasts)) {
			t.Errorf("%s: lasts until %s, want %s", name, got, at.Add(test.lasts))
		}
		if got := w.span(); got != test.span {
			t.Errorf("%s: %q, want %q", name, got, test.span)
		}
	}
}

// Two line items of one instance use as much: the one that is new uses it faster.
func TestTheSummaryHasThePaceOfEachLineItemSinceItsStart(t *testing.T) {
	w := newWorld(t)
	w.api.Clock = testingclock.NewFakePassiveClock(start.Add(12 * time.Hour))
	older, newer := record("acme", "acme-eu", 0), record("acme", "acme-eu", 1)
	newer.ActivationID = "new"
	w.append(t, older, newer.Sealed())
	lineItem := func(id string, since time.Time) standing.LineItem {
		return standing.LineItem{
			ActivationID: id, Start: since, End: start.AddDate(10, 0, 0), Available: &standing.Figure{Value: 10 * licensing.Token},
		}
	}
	w.api.Standings = &standings{page: standing.Page{Instances: []standing.Instance{{
		Name: "acme-eu", LineItems: []standing.LineItem{lineItem("abc", start.AddDate(-1, 0, 0)), lineItem("new", start)},
	}}}}
	type pace struct {
		BurnRate struct {
			Value  json.Number
			Source string
		}
		Exhausted struct{ Time time.Time }
	}
	var summary struct{ Instances []struct{ LineItems []pace } }
	answer := w.get(t, "summary", url.Values{"windowHours": {"240"}})
	if err := json.Unmarshal(answer.Body.Bytes(), &summary); answer.Code != http.StatusOK || err != nil {
		t.Fatalf("%d %s: %v", answer.Code, answer.Body, err)
	}
	var want [2]pace
	const records = "used in a day, by /usage/v1/aggregates?instance=acme-eu&by=lineItem, "
	want[0].BurnRate.Value, want[0].BurnRate.Source = "0.1", records+"of the last 240 hours"
	want[0].Exhausted.Time = start.Add(12*time.Hour).AddDate(0, 0, 100)
	want[1].BurnRate.Value, want[1].BurnRate.Source = "2", records+"since 2026-03-01T12:00:00Z"
	want[1].Exhausted.Time = start.Add(12*time.Hour).AddDate(0, 0, 5)
	if diff := cmp.Diff(want[:], summary.Instances[0].LineItems); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is wrong with an account may name another one.
func TestOnlyTheProducerIsToldWhatIsWrongWithAnAccount(t *testing.T) {
	const problem = "the stored account is that of acme/rival"
	for want, caller := range map[string]authentication.Caller{problem: administration, confinedProblem: oneInstance} {
		w := newWorld(t)
		w.caller = caller
		w.api.Standings = &standings{page: standing.Page{Instances: []standing.Instance{{Name: "acme-eu", Ledger: standing.Ledger{Problem: problem}}}}}
		var summary struct {
			Instances []struct {
				Ledger struct {
					Healthy bool
					Message string
				}
			}
		}
		answer := w.get(t, "summary", nil)
		if err := json.Unmarshal(answer.Body.Bytes(), &summary); answer.Code != http.StatusOK || err != nil {
			t.Fatalf("%d %s: %v", answer.Code, answer.Body, err)
		}
		if got := summary.Instances[0].Ledger; got.Message != want || got.Healthy {
			t.Errorf("%s is told %q", caller.Name, got.Message)
		}
	}
}
