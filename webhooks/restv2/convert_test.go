package restv2

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

const (
	featureID = "3f8a5a0c-7a7c-4a0f-8f3f-0f4f5a6b7c8d"
	licenseID = "0d4d1f0e-2b6f-4f37-9f5f-51c0c1b7d1a4"
)

var (
	springDay = time.Date(2026, 3, 1, 8, 30, 0, 0, time.FixedZone("CET", 3600))
	forever   = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
)

func feature(limit *int64) licenses.Limitation {
	return licenses.Limitation{Limitation: licensing.Limitation{
		ID: featureID, Name: "API", Limit: limit, ResetMode: licensing.ResetNever, UserProvisioning: true, Enforce: true,
	}}
}

// asJSON is what clients read.
func asJSON(t *testing.T, value any) map[string]any {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var read map[string]any
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

func TestAConsumptionIsReadByPublishedClients(t *testing.T) {
	left := -2 * licensing.Token
	granted := licenses.Consumption{TransactionID: "t", Limitation: feature(new(int64(10)))}
	granted.Limitation.Goodwill = 20 * licensing.Token
	granted.Standing = licensing.Standing{Balance: 12*licensing.Token + 500_000, Remaining: &left, Limit: new(int64(10)), LastReset: springDay, NextReset: new(springDay.AddDate(0, 1, 0).UTC())}
	refused := licenses.Consumption{Limitation: feature(nil)}
	refused.Standing = licensing.Standing{LastReset: springDay}
	for name, tc := range map[string]struct {
		value licenses.Consumption
		want  map[string]any
	}{
		"with everything": {granted, map[string]any{
			"transaction_id": "t", "limitation_id": featureID, "balance": 12.5, "remaining": -2.0, "limit": 10.0, "goodwill": 20.0,
			"last_reset_date_utc": "2026-03-01T07:30:00Z", "next_reset_date_utc": "2026-04-01T07:30:00Z",
		}},
		"without a limit and without a transaction": {refused, map[string]any{
			"transaction_id": nil, "limitation_id": featureID, "balance": 0.0, "remaining": nil, "limit": nil, "goodwill": nil,
			"last_reset_date_utc": "2026-03-01T07:30:00Z", "next_reset_date_utc": nil,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, asJSON(t, consumption(tc.value))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestALicenseNamesEveryLimitationThatClientsCanName(t *testing.T) {
	unnameable := feature(nil)
	unnameable.ID = "api"
	large := feature(new(int64(1_000_000_000_000)))
	large.ID = "4b1d5f2e-5c0b-4e55-9f0a-2e6c3d1b9a70"
	value := licenses.License{Holdings: map[string]string{featureID: "t"}, End: forever}
	value.Limitations = []licenses.Limitation{feature(new(int64(3))), unnameable, large}
	shown := asJSON(t, license(value))["license_limitations"].([]any)
	if len(shown) != 2 {
		t.Fatalf("%d limitations: %v", len(shown), shown)
	}
	if first := shown[0].(map[string]any); first["limit"] != 3.0 || first["current_user_transaction_id"] != "t" || first["consumption_reset_mode"] != 1.0 {
		t.Errorf("%v", first)
	}
	second := shown[1].(map[string]any)
	if id, given := second["current_user_transaction_id"]; !given || id != nil {
		t.Errorf("transaction %v", id)
	}
	if second["limit"] != float64(1<<31-1) {
		t.Errorf("limit %v of a client with 32 bits", second["limit"])
	}
}

func TestALicenseSaysWhenItEnds(t *testing.T) {
	for name, tc := range map[string]struct {
		end  time.Time
		mode float64
		date any
	}{
		"never":     {forever, 1, nil},
		"some time": {springDay, 2, "2026-03-01T07:30:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			shown := asJSON(t, license(licenses.License{End: tc.end}))
			if shown["expiration_mode"] != tc.mode || shown["expiration_date_utc"] != tc.date {
				t.Errorf("mode %v, date %v", shown["expiration_mode"], shown["expiration_date_utc"])
			}
		})
	}
}

func TestALicenseSaysWhichClientItIsMadeFor(t *testing.T) {
	for mode, want := range map[v1alpha1.ActivationOnCreation]any{
		v1alpha1.ActivateWithTokenKey: licenseID, v1alpha1.ActivateWithCustomerNumber: "ACME", v1alpha1.ActivateNone: nil,
	} {
		value := licenses.License{Customer: licenses.Customer{Number: "ACME"}}
		value.LicenseID, value.ActivationOnCreation = licenseID, mode
		if got := asJSON(t, license(value))["client_id"]; got != want {
			t.Errorf("%s: %v, want %v", mode, got, want)
		}
	}
}

func TestWhatCannotBeNullIsTheMostThereCanBe(t *testing.T) {
	shown := asJSON(t, license(licenses.License{}))
	if shown["token_limit"] != 1_000_000.0 || shown["user_limit"] != nil || shown["license_users"] != nil {
		t.Errorf("%v", shown)
	}
	if limit := asJSON(t, userGroup(licenses.Group{}))["user_limit"]; limit != 1_000_000.0 {
		t.Errorf("user_limit %v of a group", limit)
	}
	if limited(new(int32(noLimit))) != nil || *limited(new(int32(5))) != 5 {
		t.Error("no limit does not come back as none")
	}
}

func TestADeletionThatFailedSaysWhy(t *testing.T) {
	got := asJSON(t, deletion(licenses.Deletion{UserID: "lisa", Err: &licenses.Error{ID: licenses.UserUnknown, Message: "nobody"}}))
	if diff := cmp.Diff(map[string]any{"userId": "lisa", "success": false, "errorMessage": "nobody"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got = asJSON(t, deletion(licenses.Deletion{UserID: "lisa"}))
	if diff := cmp.Diff(map[string]any{"userId": "lisa", "success": true, "errorMessage": nil}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRecordsAddUp(t *testing.T) {
	user := licenses.User{ID: "lisa", Name: "Lisa", LicenseID: licenseID}
	values := []licenses.ConsumptionRecord{
		{ID: "a", LicenseID: licenseID, AssignmentID: licenseID, Limitation: feature(nil), Value: licensing.Token, UserID: "lisa", User: &user, At: springDay},
		{ID: "b", LicenseID: licenseID, AssignmentID: "token", Limitation: feature(nil), Value: 250_000, Balance: new(licensing.Token), At: springDay},
	}
	shown, err := records(values)
	if err != nil {
		t.Fatal(err)
	}
	got := asJSON(t, shown)
	first, second := got["consumption_heartbeats"].([]any)[0].(map[string]any), got["consumption_heartbeats"].([]any)[1].(map[string]any)
	if got["aggregate_value"] != 1.25 || got["max_count"] != 2.0 || first["balance"] != nil || first["license_user"].(map[string]any)["user_id"] != "lisa" ||
		second["balance"] != 1.0 || second["user_id"] != nil || second["license_user"] != nil || first["created_date_utc"] != "2026-03-01T07:30:00Z" {
		t.Errorf("%v", got)
	}
}
