package restusage

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

func TestTotalsAreWrittenToTheLastDigitAndInOrder(t *testing.T) {
	totals := shownTotals(usage.Totals{
		Used:        map[string]licensing.Tokens{"B": 1, "A": licensing.MaxTokens},
		Allocations: map[usage.ActionKey]licensing.Tokens{{ActivationID: "A", ActionID: "y"}: 2, {ActivationID: "A", ActionID: "x"}: 3},
		Units: map[usage.LimitationKey]licensing.Balance{
			{ActivationID: "A", LimitationID: "calls"}: {Consumed: 1_500_000, Period: 2, LastReset: start.Add(time.Millisecond)},
			{ActivationID: "A", LimitationID: "#seat"}: {Consumed: 3 * licensing.Token},
		},
		Records: 7, Sequence: 5, Position: 9,
	})
	if used := totals.Used; len(used) != 2 || used[0].ActivationID != "A" || used[0].Tokens != "9223372036854.775807" || used[1].Tokens != "0.000001" {
		t.Errorf("used: %v", used)
	}
	if under := totals.Allocations; len(under) != 2 || under[0].ActionID != "x" || under[0].Tokens != "0.000003" {
		t.Errorf("allocations: %v", under)
	}
	limitations := totals.Limitations
	if len(limitations) != 2 || limitations[0].LimitationID != "#seat" || limitations[0].PeriodStart != nil || limitations[0].Balance != "3" {
		t.Errorf("limitations: %v", limitations)
	}
	if calls := limitations[1]; calls.Balance != "1.5" || calls.Period != 2 || !calls.PeriodStart.Equal(start.Add(time.Millisecond)) {
		t.Errorf("calls: %v", calls)
	}
	if totals.Records != 7 || totals.Sequence != 5 || totals.Position != 9 {
		t.Errorf("%+v", totals)
	}
}

func TestTotalsAreOfOneInstance(t *testing.T) {
	w := newWorld(t)
	w.append(t, record(w.namespace, "acme", 0), record(w.namespace, "other", 1))
	for query, want := range map[string]int{"instance=acme": http.StatusOK, "": http.StatusBadRequest, "instance=acme&instance=other": http.StatusBadRequest} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		answer := w.get(t, "totals", values)
		if answer.Code != want {
			t.Errorf("%q: %d %s, want %d", query, answer.Code, answer.Body, want)
		}
		if want == http.StatusOK && !strings.Contains(answer.Body.String(), `"records":1,`) {
			t.Errorf("%s", answer.Body)
		}
	}
}
