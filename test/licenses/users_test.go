package licenses

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

func TestAsManyUsersAreActiveAsTheLicenseAllows(t *testing.T) { // vectors 35 to 43
	v := newVendor(t, strings.Replace(sourceLicense, "userLimit: 3", "userLimit: 2", 1))
	v.adds(t, true, "u1", "u2")
	v.refused(t, 1009, http.MethodPost, v.users(), v.newUser("u3", true))
	v.adds(t, false, "u3")
	v.refused(t, 1009, http.MethodPatch, v.users(), object{"user_id": "u3", "is_active": true})
	if found := v.ok(t, http.MethodPost, byUser, v.asks("u3")).(list)[0].(object); !isFalse(found["license_users"].(list)[0].(object)["is_active"]) {
		t.Error("a user who was refused a place is active")
	}
	v.ok(t, http.MethodPatch, v.users(), object{"user_id": "u2", "is_active": false})
	on := v.ok(t, http.MethodPatch, v.users(), object{"user_id": "u3", "is_active": true}).(object)
	if !isTrue(on["is_active"]) {
		t.Errorf("switched on: %v", on)
	}
	v.refused(t, 1008, http.MethodPost, v.users(), v.newUser("u1", true))
	v.refused(t, 1011, http.MethodPatch, "/licenses/"+v.license, object{"user_limit": 1})
	v.refused(t, 1010, http.MethodPatch, v.users(), object{"user_id": "nobody", "name": "Nobody"})
	v.refused(t, 1010, http.MethodDelete, v.deleteUser("nobody"), nil)
	if status, _ := v.call(t, http.MethodDelete, "/licenses/"+uuid.NewString()+"/users/u1", nil); status != http.StatusNotFound {
		t.Errorf("%d for an unknown license", status)
	}
	v.provisions(t, "u1", apiFunctionality)
	results := v.ok(t, http.MethodPost, v.users()+"/bulk-delete", list{"u1", "nobody", "u1"}).(list)
	want := list{
		object{"userId": "u1", "success": true, "errorMessage": nil},
		object{"userId": "nobody", "success": false, "errorMessage": "license " + v.license + ` has no user "nobody"`},
		object{"userId": "u1", "success": false, "errorMessage": "license " + v.license + ` has no user "u1"`},
	}
	if diff := cmp.Diff(want, results); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	v.balances(t, map[string][2]float64{apiFunctionality: {0, 3}, cloudBackup: {0, 2}})
	v.adds(t, true, "u1") // the place of the one who was deleted is free
}

func TestTheLastPlaceGoesToOneOfTwo(t *testing.T) {
	v := newVendor(t, "userLimit: 1")
	statuses := make([]int, 2)
	atOnce(
		func() { statuses[0], _ = v.callOn(t, 0, http.MethodPost, v.users(), v.newUser("a", true)) },
		func() { statuses[1], _ = v.callOn(t, 1, http.MethodPost, v.users(), v.newUser("b", true)) },
	)
	if statuses[0]+statuses[1] != http.StatusOK+http.StatusConflict {
		t.Errorf("statuses %v", statuses)
	}
	users := v.ok(t, http.MethodGet, v.users(), nil).(list)
	if len(users) != 1 || !isTrue(users[0].(object)["is_active"]) {
		t.Errorf("users %v", users)
	}
}

func TestTheSameUserAtOnceIsAddedOnce(t *testing.T) {
	v := newVendor(t, "userLimit: 5")
	statuses := make([]int, 8)
	calls := make([]func(), len(statuses))
	for i := range calls {
		calls[i] = func() { statuses[i], _ = v.callOn(t, i%2, http.MethodPost, v.users(), v.newUser("a", true)) }
	}
	atOnce(calls...)
	added := 0
	for _, status := range statuses {
		if status == http.StatusOK {
			added++
		}
	}
	if added != 1 {
		t.Errorf("statuses %v", statuses)
	}
}

func TestUserIDsThatAreNotPossible(t *testing.T) {
	v := newVendor(t, "userLimit: 5")
	for name, tc := range map[string]struct {
		id     string
		status int
		error  any
	}{
		"an address without a domain": {"lisa@", http.StatusConflict, 1012.0},
		"an address in brackets":      {"<lisa@example.com>", http.StatusConflict, 1012.0},
		"an address with a name":      {"Lisa <lisa@example.com>", http.StatusConflict, 1012.0},
		"a blank at the end":          {"lisa ", http.StatusBadRequest, nil},
		"nothing":                     {"", http.StatusBadRequest, nil},
		"a line break":                {"li\nsa", http.StatusBadRequest, nil},
		"too much":                    {strings.Repeat("l", 257), http.StatusBadRequest, nil},
		"an address":                  {"lisa.barry+1@example.com", http.StatusOK, nil},
		"a name":                      {"CORP\\Lisa Barry/ü", http.StatusOK, nil},
		"as much as is possible":      {strings.Repeat("ü", 256), http.StatusOK, nil},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := v.call(t, http.MethodPost, v.users(), v.newUser(tc.id, false))
			if shown, _ := answer.(object); status != tc.status || shown["id"] != tc.error {
				t.Fatalf("%d %v", status, answer)
			}
			if status == http.StatusOK {
				v.ok(t, http.MethodDelete, v.deleteUser(tc.id), nil)
			}
		})
	}
}

func TestUserIDsAreComparedExactly(t *testing.T) {
	v := newVendor(t, "userLimit: 5")
	v.adds(t, true, "Lisa@example.com", "lisa@example.com")
	v.ok(t, http.MethodDelete, v.deleteUser("lisa@example.com"), nil)
	v.refused(t, 1010, http.MethodDelete, v.deleteUser("LISA@example.com"), nil)
	if users := v.ok(t, http.MethodGet, v.users(), nil).(list); len(users) != 1 || users[0].(object)["user_id"] != "Lisa@example.com" {
		t.Errorf("users %v", users)
	}
}

func TestWhatGitDeclaresACallDoesNotChange(t *testing.T) {
	v := newVendor(t, sourceLicense)
	v.Apply(t, "UserProvisioning", "lisa", `
lineItemRef: {name: license}
userID: lisa
name: Lisa Barry
active: true
limitations: [`+apiFunctionality+`]`)
	v.refused(t, 1008, http.MethodPost, v.users(), v.newUser("lisa", true))
	v.refused(t, 13006, http.MethodPatch, v.users(), object{"user_id": "lisa", "is_active": false})
	v.refused(t, 13006, http.MethodPatch, v.users(), object{"user_id": "lisa", "name": "Mona"})
	v.refused(t, 13006, http.MethodDelete, v.deleteUser("lisa"), nil)
	results := v.ok(t, http.MethodPost, v.users()+"/bulk-delete", list{"lisa"}).(list)
	if result := results[0].(object); !isFalse(result["success"]) || !strings.Contains(result["errorMessage"].(string), "gitops") {
		t.Errorf("%v", result)
	}
	// What says the same as Git, or what Git says nothing of, is fine.
	v.ok(t, http.MethodPatch, v.users(), object{"user_id": "lisa", "name": "Lisa Barry"})
	user := v.ok(t, http.MethodPost, byUser, v.asks("lisa")).(list)[0].(object)["license_users"].(list)[0].(object)
	if user["last_modified_by"] != "gitops" || user["name"] != "Lisa Barry" {
		t.Errorf("%v", user)
	}
}

func TestWhoChangedAUserIsKept(t *testing.T) {
	v := newVendor(t, "userLimit: 5")
	added := v.ok(t, http.MethodPost, v.users(), v.newUser("lisa", true)).(object)
	v.caller.ModifiedBy = "support"
	changed := v.ok(t, http.MethodPatch, v.users(), object{"user_id": "lisa", "name": "Lisa B."}).(object)
	if added["last_modified_by"] != "back-office" || changed["last_modified_by"] != "support" || changed["name"] != "Lisa B." || !isTrue(changed["is_active"]) {
		t.Errorf("%v, then %v", added, changed)
	}
	if changed["created_date_utc"] != added["created_date_utc"] {
		t.Errorf("created %v, then %v", added["created_date_utc"], changed["created_date_utc"])
	}
	var stored v1alpha1.UserProvisioningList
	if err := v.Client.List(t.Context(), &stored); err != nil {
		t.Fatal(err)
	}
	for _, user := range stored.Items {
		if user.Namespace == v.Namespace && user.Labels["licensing-operator.dev/origin"] != "rest" {
			t.Errorf("labels %v", user.Labels)
		}
	}
}

func TestGroupsHaveALimitOfTheirOwn(t *testing.T) {
	v := newVendor(t, "userLimit: 3")
	groups := "/licenses/" + v.license + "/usergroups"
	group := v.ok(t, http.MethodPost, groups, object{"name": "Sales", "user_limit": 1}).(object)
	id := group["id"].(string)
	if uuid.Validate(id) != nil || group["name"] != "Sales" || group["user_limit"] != 1.0 {
		t.Fatalf("group %v", group)
	}
	member := func(user string) object {
		added := v.newUser(user, true)
		added["license_user_group_id"] = id
		return added
	}
	v.ok(t, http.MethodPost, v.users(), member("a"))
	v.refused(t, 13014, http.MethodPost, v.users(), member("b"))
	v.adds(t, true, "b")
	v.refused(t, 13014, http.MethodPatch, v.users(), object{"user_id": "b", "license_user_group_id": id})
	v.refused(t, 13013, http.MethodPatch, v.users(), object{"user_id": "b", "license_user_group_id": uuid.NewString()})
	v.refused(t, 13015, http.MethodPatch, groups, object{"id": id, "user_limit": 0})
	v.refused(t, 13013, http.MethodPatch, groups, object{"id": nil, "user_limit": 2})
	v.ok(t, http.MethodPatch, groups, object{"id": id, "user_limit": 2, "name": "Sales and Service"})
	moved := v.ok(t, http.MethodPatch, v.users(), object{"user_id": "b", "license_user_group_id": id}).(object)
	if moved["license_user_group_id"] != id || !isTrue(moved["is_active"]) {
		t.Errorf("moved %v", moved)
	}
	v.refused(t, 13013, http.MethodDelete, groups+"/"+uuid.NewString(), nil)
	gone := v.ok(t, http.MethodDelete, groups+"/"+id, nil).(object)
	if gone["name"] != "Sales and Service" || gone["user_limit"] != 2.0 {
		t.Errorf("deleted %v", gone)
	}
	for _, user := range v.ok(t, http.MethodGet, v.users(), nil).(list) {
		if user := user.(object); user["license_user_group_id"] != nil || !isTrue(user["is_active"]) {
			t.Errorf("left in the group: %v", user)
		}
	}
	second := v.ok(t, http.MethodPost, groups, object{"name": "Support", "user_limit": 5}).(object)["id"].(string)
	v.ok(t, http.MethodPatch, v.users(), object{"user_id": "b", "license_user_group_id": second})
	v.ok(t, http.MethodDelete, groups+"/"+second+"?remove_users=true", nil)
	if users := v.ok(t, http.MethodGet, v.users(), nil).(list); len(users) != 1 || users[0].(object)["user_id"] != "a" {
		t.Errorf("users %v", users)
	}
	if left := v.ok(t, http.MethodGet, groups, nil).(list); len(left) != 0 {
		t.Errorf("groups %v", left)
	}
}
