package licenses

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

const consumed = "6a1b7c0d-8f0e-4f7f-9a55-0b8d3c5a1e22"

func limited(spec string) string {
	return "limitations:\n- {id: " + consumed + ", name: Exports, limit: 10, " + spec + "}"
}

func TestConsumption(t *testing.T) { // vectors 24 to 27, and 33
	type step struct {
		value, balance, remaining any
		refused                   bool
	}
	for name, tc := range map[string]struct {
		spec  string
		limit any
		steps []step
	}{
		"goodwill of 20 percent":  {limited("goodwill: 20, resetMode: Never"), 10, []step{{10, 10, 0, false}, {2, 12, -2, false}, {1, 12, -2, true}}},
		"all of a value or none":  {limited("resetMode: Never"), 10, []step{{9, 9, 1, false}, {3, 9, 1, true}, {0.5, 9.5, 0.5, false}, {0.000001, 9.500001, 0.499999, false}}},
		"a limit that is counted": {limited("enforce: false, resetMode: Never"), 10, []step{{10, 10, 0, false}, {5, 15, -5, false}}},
		"no limit":                {"limitations:\n- {id: " + consumed + ", resetMode: Never}", nil, []step{{1000, 1000, nil, false}}},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVendor(t, tc.spec)
			for _, step := range tc.steps {
				entry := v.consumes(t, consumed, step.value)
				figures(t, entry, step.balance, step.remaining, tc.limit)
				if refused := entry["transaction_id"] == nil; refused != step.refused {
					t.Errorf("%v: transaction %v", step.value, entry["transaction_id"])
				}
			}
		})
	}
}

func TestAConsumptionIsRolledBackOnce(t *testing.T) {
	v := newVendor(t, limited("resetMode: Never"))
	first := v.consumes(t, consumed, 4)
	v.consumes(t, consumed, 3)
	back := v.ok(t, http.MethodPost, rollback, v.rollback(consumed, first["transaction_id"])).(object)
	figures(t, back, 3, 7, 10)
	v.refused(t, 13000, http.MethodPost, rollback, v.rollback(consumed, first["transaction_id"]))
	v.refused(t, 13000, http.MethodPost, rollback, v.rollback(consumed, uuid.NewString()))
	v.refused(t, 3003, http.MethodPost, rollback, v.rollback(uuid.NewString(), uuid.NewString()))
	v.refused(t, 13012, http.MethodPost, rollback, object{"limitation_id": consumed})
	v.refused(t, 13012, http.MethodPost, rollback, object{"transaction_id": uuid.NewString()})
	v.balances(t, map[string][2]float64{consumed: {3, 7}})
}

func TestPeriodsBeginByThemselves(t *testing.T) { // vectors 30 to 32
	for name, tc := range map[string]struct {
		mode       string
		month, day time.Month
		next       func(time.Time) time.Time
	}{
		"every month": {mode: "FirstDayOfMonth", next: func(at time.Time) time.Time { return time.Date(at.Year(), at.Month()+1, 1, 0, 0, 0, 0, time.UTC) }},
		"every quarter": {mode: "FirstDayEachQuarter", next: func(at time.Time) time.Time {
			return time.Date(at.Year(), (at.Month()-1)/3*3+4, 1, 0, 0, 0, 0, time.UTC)
		}},
		"every year": {mode: "FirstDayOfYear", next: func(at time.Time) time.Time { return time.Date(at.Year()+1, 1, 1, 0, 0, 0, 0, time.UTC) }},
		"every 7 days": {mode: "Periodically, resetPeriodDays: 7", next: func(at time.Time) time.Time {
			return time.Date(at.Year(), at.Month(), at.Day()+7, 0, 0, 0, 0, time.UTC)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVendor(t, limited("resetMode: "+tc.mode))
			today := now.Now().UTC()
			entry := v.consumes(t, consumed, 10)
			figures(t, entry, 10, 0, 10)
			next := tc.next(today)
			if got := entry["next_reset_date_utc"]; got != next.Format(time.RFC3339) {
				t.Fatalf("next reset %v, want %s", got, next.Format(time.RFC3339))
			}
			if v.consumes(t, consumed, 1)["transaction_id"] != nil {
				t.Error("more than there is")
			}
			moved := next.Sub(now.Now())
			now.Move(moved)
			t.Cleanup(func() { now.Move(-moved) })
			entry = v.consumes(t, consumed, 1)
			figures(t, entry, 1, 9, 10)
			if got, want := entry["next_reset_date_utc"], tc.next(next).Format(time.RFC3339); got != want || entry["last_reset_date_utc"] != next.Format(time.RFC3339) {
				t.Errorf("from %v to %v, want %s", entry["last_reset_date_utc"], got, want)
			}
		})
	}
}

func TestBalancesAreResetAndCountedAgain(t *testing.T) {
	v := newVendor(t, `
limitations:
- {id: `+consumed+`, name: Exports, limit: 10, resetMode: Never}
- {id: `+apiFunctionality+`, limit: 3, userProvisioning: true, resetMode: Never}
- {id: `+cloudBackup+`, limit: 7, resetMode: Disabled}`)
	v.adds(t, true, "u1")
	v.provisions(t, "u1", apiFunctionality)
	v.consumes(t, consumed, 4)
	path := func(limitation, what string) string {
		return "/licenses/" + v.license + "/consumption/balance/limitations/" + limitation + "/" + what
	}
	if body := v.ok(t, http.MethodPut, path(consumed, "recalculate"), nil); body != nil {
		t.Errorf("body %v", body)
	}
	v.ok(t, http.MethodPut, path(apiFunctionality, "recalculate"), nil)
	v.balances(t, map[string][2]float64{consumed: {4, 6}, apiFunctionality: {1, 2}})
	v.ok(t, http.MethodPut, path(consumed, "reset"), nil)
	v.balances(t, map[string][2]float64{consumed: {0, 10}, apiFunctionality: {1, 2}})
	v.refused(t, 13004, http.MethodPut, path(apiFunctionality, "reset"), nil)
	v.refused(t, 13003, http.MethodPut, path(cloudBackup, "reset"), nil)
	v.refused(t, 13003, http.MethodPut, path(cloudBackup, "recalculate"), nil)
	v.refused(t, 3003, http.MethodPut, path(uuid.NewString(), "reset"), nil)
	v.ok(t, http.MethodPut, "/administration/consumptionbalance", nil)

	status := v.ok(t, http.MethodPost, "/provisioning/validate/consumption", object{"license_id": v.license, "limitation_id": apiFunctionality}).(object)
	figures(t, status, 1, 2, 3)
	if id, given := status["transaction_id"]; !given || id != nil {
		t.Errorf("transaction %v", id)
	}
	v.refused(t, 1000, http.MethodPost, "/provisioning/validate/consumption", object{"license_id": uuid.NewString(), "limitation_id": apiFunctionality})
}

func TestRecordsTellWhoConsumedWhat(t *testing.T) {
	v := newVendor(t, `
limitations:
- {id: `+consumed+`, name: Exports, limit: 10, resetMode: Never}
- {id: `+apiFunctionality+`, name: API, limit: 3, userProvisioning: true, resetMode: Never}`)
	v.adds(t, true, "lisa", "mona")
	held := v.provisions(t, "lisa", apiFunctionality)["transaction_id"]
	v.provisions(t, "mona", apiFunctionality)
	entry := v.ok(t, http.MethodPost, heartbeats, v.beats(object{
		"limitation_id": consumed, "value": 2.5, "user_id": "lisa", "external_id": "job-7", "timestamp_utc": "2020-01-01T00:00:00Z",
	})).(list)[0].(object)
	gone := v.consumes(t, consumed, 1)
	v.ok(t, http.MethodPost, rollback, v.rollback(consumed, gone["transaction_id"]))
	records := "/licenses/" + v.license + "/consumption/heartbeats"
	for query, want := range map[string]int{
		"":                         3,
		"?user_id=lisa":            2,
		"?limitations=" + consumed: 1,
		"?limitations=" + consumed + ",%20" + apiFunctionality:          3,
		"?limitations=" + consumed + "&limitations=" + apiFunctionality: 3,
		"?transaction_id=" + held.(string):                              1,
		"?transaction_id=" + entry["transaction_id"].(string):           1,
		"?transaction_id=" + gone["transaction_id"].(string):            0,
		"?client_id=nobody":                     0,
		"?client_id=" + v.license:               3,
		"?date_from=2020-01-01T00:00:00Z":       3,
		"?date_to=2020-01-01T00:00:00Z":         0,
		"?user_id=lisa&limitations=" + consumed: 1,
	} {
		found := v.ok(t, http.MethodGet, records+query, nil).(object)
		if got := len(found["consumption_heartbeats"].(list)); got != want || found["max_count"] != float64(want) {
			t.Errorf("%s: %d records, want %d", query, got, want)
		}
	}
	found := v.ok(t, http.MethodGet, records+"?user_id=lisa&limitations="+consumed, nil).(object)
	record := found["consumption_heartbeats"].(list)[0].(object)
	if record["id"] != entry["transaction_id"] || record["value"] != 2.5 || record["balance"] != 2.5 || record["remaining"] != 7.5 ||
		record["client_id"] != v.license || record["external_id"] != "job-7" || record["license_user"].(object)["name"] != "User lisa" ||
		record["limitation"].(object)["name"] != "Exports" || found["aggregate_value"] != 2.5 {
		t.Errorf("%v", found)
	}
}

func TestALicenseThatIsNotValidGivesNothingAndTakesEverythingBack(t *testing.T) {
	v := newVendor(t, sourceLicense)
	v.adds(t, true, "u1", "u2")
	transaction := v.provisions(t, "u1", apiFunctionality)["transaction_id"]
	flags := func(active, expired, valid bool, date int) {
		t.Helper()
		found := v.ok(t, http.MethodPost, byUser, v.asks("u1")).(list)[0].(object)
		if found["is_active"] != active || found["is_expired"] != expired || found["is_valid"] != valid || found["date_validity"] != float64(date) {
			t.Errorf("active %v, expired %v, valid %v, dates %v", found["is_active"], found["is_expired"], found["is_valid"], found["date_validity"])
		}
	}
	flags(true, false, true, 0)
	v.patchLicense(t, `{"spec":{"state":"INACTIVE"}}`)
	v.refused(t, 1002, http.MethodPost, heartbeats, v.beat("u2", apiFunctionality, 1))
	flags(false, false, false, 0)
	if active := v.ok(t, http.MethodPost, byUser, object{"product_id": v.product, "user_id": "u1", "active_licenses_only": true}).(list); len(active) != 0 {
		t.Errorf("active licenses: %v", active)
	}
	v.patchLicense(t, `{"spec":{"state":"DEPLOYED","end":"2024-01-01T00:00:00Z"}}`)
	v.refused(t, 1001, http.MethodPost, heartbeats, v.beat("u2", apiFunctionality, 1))
	flags(true, true, false, 2)
	if active := v.ok(t, http.MethodPost, byUser, object{"product_id": v.product, "user_id": "u1", "active_licenses_only": true}).(list); len(active) != 1 {
		t.Errorf("expired licenses: %v", active)
	}
	v.ok(t, http.MethodPost, rollback, v.rollback(apiFunctionality, transaction))
	v.ok(t, http.MethodDelete, v.deleteUser("u1"), nil)
	v.patchLicense(t, `{"spec":{"start":"9998-01-01T00:00:00Z","end":"9999-12-31T23:59:59Z"}}`)
	v.refused(t, 13005, http.MethodPost, heartbeats, v.beat("u2", apiFunctionality, 1))
	v.balances(t, map[string][2]float64{apiFunctionality: {0, 3}, cloudBackup: {0, 2}})
}

func TestAConsumptionWithAKeyIsCountedOnce(t *testing.T) {
	v := newVendor(t, limited("resetMode: Never"))
	v.key = "job-7"
	body := v.beats(object{"limitation_id": consumed, "value": 2}, object{"limitation_id": consumed, "value": 3})
	first := v.ok(t, http.MethodPost, heartbeats, body).(list)
	again := v.ok(t, http.MethodPost, heartbeats, body).(list)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("(-first +again):\n%s", diff)
	}
	if status, answer := v.call(t, http.MethodPost, heartbeats, v.beats(object{"limitation_id": consumed, "value": 4})); status != http.StatusBadRequest {
		t.Errorf("another call with the key: %d %v", status, answer)
	}
	v.key = "job-8"
	v.ok(t, http.MethodPost, heartbeats, v.beats(object{"limitation_id": consumed, "value": 1}))
	v.balances(t, map[string][2]float64{consumed: {6, 4}})
}
