package licenses

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/go-logr/logr/testr"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/restv2"
)

// vendor is a producer with one license, served by both replicas in turn.
type vendor struct {
	cluster.Producer

	id, product, license string
	// caller is who calls.
	caller licenses.Caller
	// key is the Idempotency-Key of its calls; empty for none.
	key   string
	calls *int
}

// object is a JSON object, list a JSON array.
type (
	object = map[string]any
	list   = []any
)

// newVendor has the license with the spec, which is YAML without what every license needs.
func newVendor(t testing.TB, spec string) vendor {
	t.Helper()
	v := vendor{
		Producer: shared.NewProducer(t, "licenses", nil), id: uuid.NewString(), product: uuid.NewString(), license: uuid.NewString(),
		caller: licenses.Caller{Name: "admin key back-office", ModifiedBy: "back-office"}, calls: new(int),
	}
	v.AppliesInstance(t)
	v.sells(t, "license", v.license, spec)
	return v
}

// sells applies a license of the product.
func (v vendor) sells(t testing.TB, name, id, spec string) {
	t.Helper()
	v.Apply(t, "LineItem", name, fmt.Sprintf(`
instanceRef: {name: %s}
licenseID: %s
product: %s
elastic: false
state: DEPLOYED
start: "2023-09-27T00:00:00Z"
end: "9999-12-31T23:59:59Z"
%s`, cluster.InstanceName, id, v.product, strings.TrimSpace(spec)))
}

// software is the vendor as software with a provisioning key sees it.
func (v vendor) software(products ...string) vendor {
	v.caller = licenses.Caller{Name: "provisioning key app", ModifiedBy: "app", Provisioning: true, Products: products}
	return v
}

// calls makes a call on the next replica. The path is what follows the vendor's id.
func (v vendor) call(t testing.TB, method, path string, body any) (int, any) {
	t.Helper()
	*v.calls++
	return v.callOn(t, *v.calls%len(replicas), method, path, body)
}

func (v vendor) callOn(t testing.TB, replica int, method, path string, body any) (int, any) {
	t.Helper()
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	request := httptest.NewRequestWithContext(t.Context(), method, "/api/v2/isv/"+v.id+path, strings.NewReader(string(content)))
	if v.key != "" {
		request.Header.Set("Idempotency-Key", v.key)
	}
	route := server.Route{Tenant: v.Namespace, Version: server.V2, CanonicalPath: request.URL.EscapedPath()}
	request = request.WithContext(server.WithRequest(request.Context(), route, "", content))
	api := &restv2.API{Log: testr.NewWithInterface(t, testr.Options{}), Licenses: func(namespace string, _ licenses.Caller) *licenses.Licenses {
		return replicas[replica].For(namespace, v.caller)
	}}
	response := httptest.NewRecorder()
	api.Handler().ServeHTTP(response, request)
	if response.Body.Len() == 0 {
		return response.Code, nil
	}
	var answer any
	if err := json.Unmarshal(response.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%s %s: %d %s", method, path, response.Code, response.Body)
	}
	return response.Code, answer
}

// ok is call with an answer of 200.
func (v vendor) ok(t testing.TB, method, path string, body any) any {
	t.Helper()
	status, answer := v.call(t, method, path, body)
	if status != http.StatusOK {
		t.Fatalf("%s %s %v: %d %v", method, path, body, status, answer)
	}
	return answer
}

// refused is call with an answer of 409 that has the id.
func (v vendor) refused(t testing.TB, id int, method, path string, body any) {
	t.Helper()
	status, answer := v.call(t, method, path, body)
	refusal, _ := answer.(object)
	if status != http.StatusConflict || refusal["id"] != float64(id) || refusal["message"] == "" {
		t.Fatalf("%s %s %v: %d %v, want %d", method, path, body, status, answer, id)
	}
	if help, given := refusal["help"]; !given || help != nil {
		t.Errorf("help is %v", help)
	}
}

// beat is a consumption heartbeat with one value; without a user it consumes.
func (v vendor) beat(user, limitation string, value any) object {
	return v.beats(object{"limitation_id": limitation, "user_id": user, "value": value})
}

func (v vendor) beats(values ...object) object {
	return object{"client_id": v.license, "consumption_heartbeat": values}
}

const (
	heartbeats = "/data_gathering/consumption_heartbeats"
	rollback   = heartbeats + "/rollback"
	byUser     = "/provisioning/licenses/by_user"
)

// provisions makes a heartbeat and gives its one entry.
func (v vendor) provisions(t testing.TB, user, limitation string) object {
	t.Helper()
	return v.ok(t, http.MethodPost, heartbeats, v.beat(user, limitation, 1)).(list)[0].(object)
}

func (v vendor) consumes(t testing.TB, limitation string, value any) object {
	t.Helper()
	return v.ok(t, http.MethodPost, heartbeats, v.beats(object{"limitation_id": limitation, "value": value})).(list)[0].(object)
}

func (v vendor) rollback(limitation string, transaction any) object {
	return object{"limitation_id": limitation, "transaction_id": transaction}
}

// asks is by_user.
func (v vendor) asks(user string) object { return object{"product_id": v.product, "user_id": user} }

// held are the transactions of a user by limitation, as by_user tells them.
func (v vendor) held(t testing.TB, user string) object {
	t.Helper()
	found := v.ok(t, http.MethodPost, byUser, v.asks(user)).(list)
	if len(found) != 1 {
		t.Fatalf("%d licenses of %s, want 1", len(found), user)
	}
	held := object{}
	for _, limitation := range found[0].(object)["license_limitations"].(list) {
		transaction, given := limitation.(object)["current_user_transaction_id"]
		if !given {
			t.Errorf("limitation without current_user_transaction_id: %v", limitation)
		}
		held[limitation.(object)["limitation_id"].(string)] = transaction
	}
	return held
}

func (v vendor) users() string { return "/licenses/" + v.license + "/users" }

// adds adds users to the license.
func (v vendor) adds(t testing.TB, active bool, users ...string) {
	t.Helper()
	for _, user := range users {
		v.ok(t, http.MethodPost, v.users(), v.newUser(user, active))
	}
}

func (v vendor) newUser(user string, active bool) object {
	return object{"user_id": user, "name": shortened("User " + user), "license_id": v.license, "is_active": active}
}

func (v vendor) deleteUser(user string) string { return v.users() + "/" + url.PathEscape(user) }

// figures wants the balance, what remains and the limit of an entry. Nil is null.
func figures(t testing.TB, entry object, balance, remaining, limit any) {
	t.Helper()
	got := list{entry["balance"], entry["remaining"], entry["limit"]}
	if diff := cmp.Diff(list{number(balance), number(remaining), number(limit)}, got); diff != "" {
		t.Errorf("balance, remaining and limit of %v (-want +got):\n%s", entry["limitation_id"], diff)
	}
}

func number(value any) any {
	if whole, ok := value.(int); ok {
		return float64(whole)
	}
	return value
}

// balances wants the balances and what remains of all limitations of the license, by limitation.
func (v vendor) balances(t testing.TB, want map[string][2]float64) {
	t.Helper()
	got := map[string][2]float64{}
	for _, entry := range v.ok(t, http.MethodGet, "/licenses/"+v.license+"/consumption/balance", nil).(list) {
		entry := entry.(object)
		got[entry["limitation_id"].(string)] = [2]float64{entry["balance"].(float64), entry["remaining"].(float64)}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("balances (-want +got):\n%s", diff)
	}
}

// atOnce makes the calls at the same time.
func atOnce(calls ...func()) {
	var ready, done sync.WaitGroup
	ready.Add(1)
	for _, call := range calls {
		done.Go(func() {
			ready.Wait()
			call()
		})
	}
	ready.Done()
	done.Wait()
}

// shortened keeps a name as short as it must be.
func shortened(name string) string { return string([]rune(name)[:min(len([]rune(name)), 256)]) }

func isTrue(value any) bool {
	is, _ := value.(bool)
	return is
}

func isFalse(value any) bool {
	is, given := value.(bool)
	return given && !is
}
