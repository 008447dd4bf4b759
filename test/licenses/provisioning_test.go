package licenses

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// The limitations of the source document's example.
var (
	apiFunctionality = "3f8a5a0c-7a7c-4a0f-8f3f-0f4f5a6b7c8d"
	cloudBackup      = "4b1d5f2e-5c0b-4e55-9f0a-2e6c3d1b9a70"
)

const sourceLicense = `
userLimit: 3
limitations:
- {id: 3f8a5a0c-7a7c-4a0f-8f3f-0f4f5a6b7c8d, name: API Functionality, limit: 3, userProvisioning: true, resetMode: Never}
- {id: 4b1d5f2e-5c0b-4e55-9f0a-2e6c3d1b9a70, name: Cloud Backup Functionality, limit: 2, userProvisioning: true, resetMode: Never}`

func TestTheSourceDocumentsExample(t *testing.T) {
	const a, b = "3f8a5a0c-7a7c-4a0f-8f3f-0f4f5a6b7c8d", "4b1d5f2e-5c0b-4e55-9f0a-2e6c3d1b9a70"
	v := newVendor(t, sourceLicense)
	v.adds(t, true, "u1", "u2", "u3")

	// 1: nothing is held of the fresh license.
	if diff := cmp.Diff(object{a: nil, b: nil}, v.held(t, "u1")); diff != "" {
		t.Fatal(diff)
	}
	// 2 to 4: all three may have A, two of them B.
	transactions := object{}
	for _, step := range []struct {
		user, limitation          string
		balance, remaining, limit int
	}{{"u1", a, 1, 2, 3}, {"u2", a, 2, 1, 3}, {"u3", a, 3, 0, 3}, {"u1", b, 1, 1, 2}, {"u2", b, 2, 0, 2}} {
		entry := v.provisions(t, step.user, step.limitation)
		figures(t, entry, step.balance, step.remaining, step.limit)
		if uuid.Validate(fmt.Sprint(entry["transaction_id"])) != nil {
			t.Fatalf("transaction %v", entry["transaction_id"])
		}
		transactions[step.user+step.limitation] = entry["transaction_id"]
	}
	// 5: the third is refused B, which is no error.
	refused := v.provisions(t, "u3", b)
	figures(t, refused, 2, 0, 2)
	if id, given := refused["transaction_id"]; !given || id != nil {
		t.Errorf("transaction %v of a refused unit", id)
	}
	// 6 and 7.
	if diff := cmp.Diff(object{a: transactions["u3"+a], b: nil}, v.held(t, "u3")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(object{a: transactions["u1"+a], b: transactions["u1"+b]}, v.held(t, "u1")); diff != "" {
		t.Error(diff)
	}
	// 8: whoever has a unit keeps it, also when none is left.
	again := v.provisions(t, "u1", b)
	figures(t, again, 2, 0, 2)
	if again["transaction_id"] != transactions["u1"+b] {
		t.Errorf("transaction %v, want the one known before", again["transaction_id"])
	}
	// 11 to 13: a rollback answers one object, and the unit is free for somebody else.
	back := v.ok(t, http.MethodPost, rollback, v.rollback(b, transactions["u1"+b])).(object)
	figures(t, back, 1, 1, 2)
	if back["transaction_id"] != nil {
		t.Errorf("transaction %v of a rollback", back["transaction_id"])
	}
	if diff := cmp.Diff(object{a: transactions["u1"+a], b: nil}, v.held(t, "u1")); diff != "" {
		t.Error(diff)
	}
	sixth := v.provisions(t, "u3", b)
	figures(t, sixth, 2, 0, 2)
	// 14: a user who is deleted holds nothing any more.
	gone := v.ok(t, http.MethodDelete, v.deleteUser("u2"), nil).(object)
	if gone["user_id"] != "u2" || !isTrue(gone["is_active"]) || gone["name"] != "User u2" {
		t.Errorf("deleted %v", gone)
	}
	v.balances(t, map[string][2]float64{a: {2, 1}, b: {1, 1}})
	// 15, 17 and 18: what is gone cannot be rolled back, and nothing twice.
	v.refused(t, 13000, http.MethodPost, rollback, v.rollback(a, transactions["u2"+a]))
	v.refused(t, 13000, http.MethodPost, rollback, v.rollback(b, transactions["u1"+b]))
	v.refused(t, 13000, http.MethodPost, rollback, v.rollback(a, sixth["transaction_id"]))
	v.balances(t, map[string][2]float64{a: {2, 1}, b: {1, 1}})
	// 16: who comes again starts with nothing.
	v.adds(t, true, "u2")
	if diff := cmp.Diff(object{a: nil, b: nil}, v.held(t, "u2")); diff != "" {
		t.Error(diff)
	}
	// 19: who is switched off keeps the units, and is still found.
	off := v.ok(t, http.MethodPatch, v.users(), object{"user_id": "u3", "is_active": false}).(object)
	if !isFalse(off["is_active"]) {
		t.Errorf("switched off: %v", off)
	}
	found := v.ok(t, http.MethodPost, byUser, v.asks("u3")).(list)[0].(object)
	if users := found["license_users"].(list); len(users) != 1 || users[0].(object)["user_id"] != "u3" || !isFalse(users[0].(object)["is_active"]) {
		t.Errorf("license_users %v", users)
	}
	if diff := cmp.Diff(object{a: transactions["u3"+a], b: sixth["transaction_id"]}, v.held(t, "u3")); diff != "" {
		t.Error(diff)
	}
	if held := v.provisions(t, "u3", a); held["transaction_id"] != transactions["u3"+a] {
		t.Errorf("a holder who is switched off is answered %v", held["transaction_id"])
	}
	v.balances(t, map[string][2]float64{a: {2, 1}, b: {1, 1}})
}

func TestHeartbeatsThatMakeNoSense(t *testing.T) {
	v := newVendor(t, `
limitations:
- {id: 3f8a5a0c-7a7c-4a0f-8f3f-0f4f5a6b7c8d, limit: 3, userProvisioning: true, resetMode: Never}
- {id: 4b1d5f2e-5c0b-4e55-9f0a-2e6c3d1b9a70, limit: 10, resetMode: Disabled}
- {id: 6a1b7c0d-8f0e-4f7f-9a55-0b8d3c5a1e22, limit: 10, resetMode: Never}`)
	v.adds(t, true, "u1")
	v.adds(t, false, "idle")
	const consumed = "6a1b7c0d-8f0e-4f7f-9a55-0b8d3c5a1e22"
	for name, tc := range map[string]struct {
		id   int
		body object
	}{
		"an unknown limitation":             {3003, v.beat("u1", uuid.NewString(), 1)},
		"an unknown client":                 {2006, object{"client_id": "nobody", "consumption_heartbeat": list{object{"limitation_id": apiFunctionality, "user_id": "u1", "value": 1}}}},
		"an unknown token":                  {2003, object{"client_id": v.license, "token_key": uuid.NewString(), "consumption_heartbeat": list{object{"limitation_id": apiFunctionality, "user_id": "u1", "value": 1}}}},
		"an unknown user":                   {1010, v.beat("nobody", apiFunctionality, 1)},
		"no user":                           {1010, v.beats(object{"limitation_id": apiFunctionality, "value": 1})},
		"a user who is switched off":        {13001, v.beat("idle", apiFunctionality, 1)},
		"two units":                         {13002, v.beat("u1", apiFunctionality, 2)},
		"half a unit":                       {13002, v.beat("u1", apiFunctionality, 0.5)},
		"less than nothing":                 {13002, v.beats(object{"limitation_id": consumed, "value": -1})},
		"nothing":                           {13002, v.beats(object{"limitation_id": consumed, "value": 0})},
		"a static limitation":               {13003, v.beats(object{"limitation_id": cloudBackup, "value": 1})},
		"one wrong value beside a good one": {3003, v.beats(object{"limitation_id": consumed, "value": 1}, object{"limitation_id": uuid.NewString(), "value": 1})},
	} {
		t.Run(name, func(t *testing.T) { v.refused(t, tc.id, http.MethodPost, heartbeats, tc.body) })
	}
	long := strings.Repeat("x", 257)
	for name, value := range map[string]object{
		"user_id":     {"limitation_id": consumed, "value": 1, "user_id": long},
		"external_id": {"limitation_id": consumed, "value": 1, "external_id": long},
	} {
		status, answer := v.call(t, http.MethodPost, heartbeats, v.beats(value))
		if detail, _ := answer.(object)["detail"].(string); status != http.StatusBadRequest || !strings.Contains(detail, name+": has 257 characters") {
			t.Errorf("%s of 257 characters: %d %v", name, status, answer)
		}
	}
	v.balances(t, map[string][2]float64{apiFunctionality: {0, 3}, consumed: {0, 10}})
}

func TestOneUserAtOnceHoldsOneUnit(t *testing.T) { // vector 9
	v := newVendor(t, sourceLicense)
	v.adds(t, true, "u1")
	seen := map[any]bool{}
	var mu sync.Mutex
	calls := make([]func(), 50)
	for i := range calls {
		calls[i] = func() {
			_, answer := v.callOn(t, i%len(replicas), http.MethodPost, heartbeats, v.beat("u1", apiFunctionality, 1))
			mu.Lock()
			defer mu.Unlock()
			entry := answer.(list)[0].(object)
			figures(t, entry, 1, 2, 3)
			seen[entry["transaction_id"]] = true
		}
	}
	atOnce(calls...)
	if len(seen) != 1 || seen[nil] {
		t.Errorf("transactions %v", seen)
	}
	v.balances(t, map[string][2]float64{apiFunctionality: {1, 2}, cloudBackup: {0, 2}})
}

func TestTheLastUnitGoesToOneOfMany(t *testing.T) { // vector 10
	v := newVendor(t, sourceLicense)
	v.adds(t, true, "u1", "u2", "u3")
	var granted, refused int
	var mu sync.Mutex
	var calls []func()
	for i, user := range []string{"u1", "u2", "u3"} {
		calls = append(calls, func() {
			_, answer := v.callOn(t, i%len(replicas), http.MethodPost, heartbeats, v.beat(user, cloudBackup, 1))
			mu.Lock()
			defer mu.Unlock()
			if answer.(list)[0].(object)["transaction_id"] == nil {
				refused++
			} else {
				granted++
			}
		})
	}
	atOnce(calls...)
	if granted != 2 || refused != 1 {
		t.Errorf("%d granted, %d refused", granted, refused)
	}
	v.balances(t, map[string][2]float64{apiFunctionality: {0, 3}, cloudBackup: {2, 0}})
}

func TestValuesAreTakenOneByOne(t *testing.T) { // vector 20, and the same user twice
	v := newVendor(t, sourceLicense)
	v.adds(t, true, "u1", "u2", "u4")
	v.provisions(t, "u1", cloudBackup)
	v.provisions(t, "u2", cloudBackup)
	value := func(limitation string) object {
		return object{"limitation_id": limitation, "user_id": "u4", "value": 1}
	}
	entries := v.ok(t, http.MethodPost, heartbeats, v.beats(value(apiFunctionality), value(cloudBackup), value(apiFunctionality))).(list)
	first, second, third := entries[0].(object), entries[1].(object), entries[2].(object)
	if first["transaction_id"] == nil || second["transaction_id"] != nil || third["transaction_id"] != first["transaction_id"] {
		t.Errorf("transactions %v, %v, %v", first["transaction_id"], second["transaction_id"], third["transaction_id"])
	}
	v.balances(t, map[string][2]float64{apiFunctionality: {1, 2}, cloudBackup: {2, 0}})
}

func TestGoodwillIsComparedExactly(t *testing.T) { // vectors 28 and 29
	for goodwill, want := range map[int]bool{20: false, 50: true} {
		t.Run(fmt.Sprint(goodwill), func(t *testing.T) {
			v := newVendor(t, fmt.Sprintf(`
limitations:
- {id: %s, limit: 2, goodwill: %d, userProvisioning: true, resetMode: Never}`, cloudBackup, goodwill))
			v.adds(t, true, "u1", "u2", "u3")
			v.provisions(t, "u1", cloudBackup)
			v.provisions(t, "u2", cloudBackup)
			entry := v.provisions(t, "u3", cloudBackup)
			if granted := entry["transaction_id"] != nil; granted != want || entry["goodwill"] != float64(goodwill) {
				t.Errorf("%v", entry)
			}
		})
	}
}

func TestManyUsersAreProvisionedInOneCall(t *testing.T) {
	const users, units = 100, 60
	v := newVendor(t, fmt.Sprintf("limitations:\n- {id: %s, limit: %d, userProvisioning: true, resetMode: Never}", apiFunctionality, units))
	values := make([]object, users)
	for i := range values {
		v.adds(t, true, userName(i))
		values[i] = object{"limitation_id": apiFunctionality, "user_id": userName(i), "value": 1}
	}
	entries := v.ok(t, http.MethodPost, heartbeats, v.beats(values...)).(list)
	for i, entry := range entries { // in order: the first ones get what there is
		if granted := entry.(object)["transaction_id"] != nil; granted != (i < units) {
			t.Fatalf("entry %d: granted is %t", i, granted)
		}
	}
	again := v.ok(t, http.MethodPost, heartbeats, v.beats(values...)).(list)
	if diff := cmp.Diff(entries[0].(object)["transaction_id"], again[0].(object)["transaction_id"]); diff != "" || len(again) != users {
		t.Error(diff)
	}
	v.balances(t, map[string][2]float64{apiFunctionality: {units, 0}})
	v.refused(t, 1010, http.MethodPost, heartbeats, v.beats(append(values, object{"limitation_id": apiFunctionality, "user_id": "nobody", "value": 1})...))
}
