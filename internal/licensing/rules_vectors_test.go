package licensing

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const abc123 = "abc123"

// controlledAccess is the line item of vector 3.25: Engineering may use 150 tokens, Product Management and Product
// Marketing share 50, and everyone else may use none.
func controlledAccess(t *testing.T) *timeline {
	l := newTimeline(t, purchase(abc123, 200*Token))
	table := publicationApps()
	table.Rates[ItemKey{Name: "Unit"}] = FixedRate(Token)
	l.catalog.RateTables = NewRateTables([]*RateTable{table})
	l.catalog.Conditions = Conditions{
		"engineering": {ID: "engineering", Terms: []Term{departmentIs("Engineering")}},
		"product":     {ID: "product", Terms: []Term{departmentIs("Product Management", "Product Marketing")}},
	}
	l.lineItem(abc123, func(item *LineItem) {
		item.Actions = []Action{
			{ID: "a1", Name: "Engineering", ConditionID: "engineering", Allow: true, Allocation: new(150 * Token)},
			{ID: "a2", Name: "Product", ConditionID: "product", Allow: true, Allocation: new(50 * Token)},
		}
	})
	return l
}

func (l *timeline) wantUnder(want map[string]string) {
	l.Helper()
	got := map[string]string{}
	for key, used := range l.books.Allocations {
		got[key.ActionID] = used.String()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		l.Fatalf("used under the actions (-want +got):\n%s", diff)
	}
}

func anyUnits(count string) RequestedItem { return item("Unit", "", count) }

func TestVector25RulesOfAccess(t *testing.T) {
	steps := []struct {
		who       Requester
		count     string
		want      ItemStatus
		available Tokens
		under     map[string]string
	}{
		{from("Engineering"), "151", ItemInsufficientTokens, 150 * Token, map[string]string{}},
		{from("Engineering"), "150", ItemGranted, 0, map[string]string{"a1": "150"}},
		{from("Engineering"), "1", ItemInsufficientTokens, 0, map[string]string{"a1": "150"}},
		{from("Sales"), "1", ItemDeniedByRule, 0, map[string]string{"a1": "150"}},
		{Requester{Type: "user", Value: "LisaBarry"}, "1", ItemDeniedByRule, 0, map[string]string{"a1": "150"}},
		{from("Product Management"), "20", ItemGranted, 0, map[string]string{"a1": "150", "a2": "20"}},
		{from("Product Marketing"), "31", ItemInsufficientTokens, 30 * Token, map[string]string{"a1": "150", "a2": "20"}},
		{from("Product Marketing"), "30", ItemGranted, 0, map[string]string{"a1": "150", "a2": "50"}},
	}
	t.Run("vector 3.25 one-off", func(t *testing.T) {
		l := controlledAccess(t)
		for _, step := range steps {
			l.requester = step.who
			result := l.oneOff(anyUnits(step.count))[0]
			if result.Status != step.want || result.Available != step.available {
				t.Fatalf("%v asks %s: %s with %s available, want %s with %s", step.who.Dictionary, step.count, result.Status, result.Available, step.want, step.available)
			}
			l.wantUnder(step.under)
		}
		l.wantUsed(map[string]string{abc123: "200"})
	})
	t.Run("vector 3.25 each in a session of its own", func(t *testing.T) {
		l := controlledAccess(t)
		for _, step := range steps {
			l.requester, l.session = step.who, NewSession(l.now)
			outcome := l.request(Access{Requester: step.who, Items: []RequestedItem{anyUnits(step.count)}, RollbackOnDeny: true})
			if got := outcome.Items[0]; got.Status != step.want || got.Available != step.available {
				t.Fatalf("%v asks %s: %s with %s available, want %s with %s", step.who.Dictionary, step.count, got.Status, got.Available, step.want, step.available)
			}
			l.wantUnder(step.under)
		}
		l.wantUsed(map[string]string{abc123: "200"})
	})
}

func TestARefundGivesTheAllocationBack(t *testing.T) {
	t.Run("in proportion when the session is closed", func(t *testing.T) {
		l := controlledAccess(t)
		l.requester = from("Engineering")
		l.put(anyUnits("100"))
		l.at(20).close()
		l.wantUsed(map[string]string{abc123: "33.333334"})
		l.wantUnder(map[string]string{"a1": "33.333334"})
	})
	t.Run("whole when the heartbeat is missed", func(t *testing.T) {
		l := controlledAccess(t)
		l.requester = from("Engineering")
		l.put(anyUnits("60"))
		l.at(60).wantUnder(map[string]string{"a1": "120"})
		l.at(90).wantEnded(HeartbeatMissed)
		l.wantUnder(map[string]string{"a1": "60"})
	})
	t.Run("and the new charge of a mid-session change may use it", func(t *testing.T) {
		l := controlledAccess(t)
		l.requester = from("Product Management")
		l.put(anyUnits("40"))
		l.at(30).put(anyUnits("30"))
		l.wantUnder(map[string]string{"a2": "50"})
		l.putDenied(true, anyUnits("31"))
		l.wantUnder(map[string]string{"a2": "50"})
	})
	t.Run("to the action that was charged, when another requester goes on with the session", func(t *testing.T) {
		l := controlledAccess(t)
		l.requester = from("Engineering")
		l.put(anyUnits("40"))
		l.requester = from("Product Marketing")
		l.at(15).put(anyUnits("40"))
		l.wantUnder(map[string]string{"a1": "10", "a2": "40"})
	})
	t.Run("also when the action was dropped", func(t *testing.T) {
		l := controlledAccess(t)
		l.requester = from("Engineering")
		l.put(anyUnits("40"))
		l.lineItem(abc123, func(item *LineItem) { item.Actions = nil })
		l.at(30).close()
		l.wantUsed(map[string]string{abc123: "20"})
		l.wantUnder(map[string]string{"a1": "20"})
	})
}

func TestAnAutomaticChargeGoesByTheRulesOfItsTime(t *testing.T) {
	l := controlledAccess(t)
	l.requester = from("Engineering")
	l.put(anyUnits("50"))
	l.at(60).wantUnder(map[string]string{"a1": "100"})
	l.at(61).beat(HeartbeatRecord)
	l.lineItem(abc123, func(item *LineItem) {
		item.Actions = []Action{{ID: "a3", Name: "No Engineering", ConditionID: "engineering"}, {ID: "a4", Name: "The others", Allow: true}}
	})
	l.at(120).wantEnded(NotAffordable)
	l.wantUnder(map[string]string{"a1": "100"})
	l.requester, l.session = from("Sales"), NewSession(l.now)
	l.put(anyUnits("100"))
	l.wantUsed(map[string]string{abc123: "200"})
	l.wantUnder(map[string]string{"a1": "100"})
}

func TestAnAutomaticChargeBeyondTheAllocationIsNotAffordable(t *testing.T) {
	l := controlledAccess(t)
	l.requester = from("Product Management")
	l.put(anyUnits("30"))
	l.at(60).wantEnded(NotAffordable)
	l.wantUsed(map[string]string{abc123: "30"})
}
