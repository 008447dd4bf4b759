package licenses

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

const (
	threePlaces  = "provisioningMode: Floating, clientType: Devices, floating: {limit: 3, sessionPeriodMinutes: 30}"
	threePeople  = "provisioningMode: Floating, clientType: Users, floating: {limit: 3}"
	onePerClient = "provisioningMode: Floating, clientType: Devices, floating: {limit: 1, enforce: false, sessionsPerClient: 1}"
)

func asks(license, client, user string) licenses.SessionRequest {
	return licenses.SessionRequest{LicenseID: license, ClientID: client, SessionID: uuid.NewString(), UserID: user}
}

func TestFloatingSessionsOfDevices(t *testing.T) {
	m := newMarket(t)
	license := m.license(t, m.edition(t, "floating", threePlaces), 10)
	requests := make([]licenses.SessionRequest, 4)
	for i := range requests {
		client := fmt.Sprintf("device-%d", i)
		m.activate(t, license, client)
		requests[i] = asks(license, client, "")
	}
	for i, request := range requests[:3] {
		session := must[licenses.Session](t)([]*licenses.Licenses{m.here, m.there}[i%2].OpenSession(t.Context(), request))
		if session.MaxSessions != 3 || *session.MaxClients != 10 || session.Until.Sub(session.Created) != 30*time.Minute {
			t.Errorf("got %+v", session)
		}
	}
	_, err := m.there.OpenSession(t.Context(), requests[3])
	refused(t, err, licenses.SessionLimitReached)
	must[licenses.Session](t)(m.there.OpenSession(t.Context(), requests[0]))

	t.Run("a session that was closed on one server frees a place on the other", func(t *testing.T) {
		noError(t, m.here.CloseSession(t.Context(), requests[0]))
		must[licenses.Session](t)(m.there.OpenSession(t.Context(), requests[3]))
		noError(t, m.here.CloseSession(t.Context(), requests[0]))
		if open := must[[]licenses.Session](t)(m.here.OpenSessions(t.Context(), license)); len(open) != 3 {
			t.Errorf("%d sessions are open, want 3", len(open))
		}
	})

	t.Run("a client that the license is not activated for has no session", func(t *testing.T) {
		_, err := m.here.OpenSession(t.Context(), asks(license, "stranger", ""))
		refused(t, err, licenses.ClientUnknown)
	})

	t.Run("a license that is switched off opens none, and closes them", func(t *testing.T) {
		must[licenses.License](t)(m.here.ToggleLicense(t.Context(), license, new(false)))
		_, err := m.there.OpenSession(t.Context(), requests[1])
		refused(t, err, licenses.LicenseInactive)
		noError(t, m.there.CloseSession(t.Context(), requests[1]))
		must[licenses.License](t)(m.here.ToggleLicense(t.Context(), license, new(true)))
	})

	t.Run("all can be closed at once", func(t *testing.T) {
		noError(t, m.here.CloseOpenSessions(t.Context(), license))
		if open := must[[]licenses.Session](t)(m.there.OpenSessions(t.Context(), license)); len(open) != 0 {
			t.Errorf("%d sessions are open", len(open))
		}
		noError(t, m.here.DropEndedSessions(t.Context()))
	})
}

func TestFloatingSessionsOfPeople(t *testing.T) {
	m := newMarket(t)
	license := m.license(t, m.edition(t, "people", threePeople), 0)
	lisa := asks(license, "laptop/lisa@example.com", "lisa@example.com")
	must[licenses.Session](t)(m.here.OpenSession(t.Context(), lisa)) // without an activation
	_, err := m.there.OpenSession(t.Context(), asks(license, "tablet/lisa@example.com", "lisa@example.com"))
	refused(t, err, licenses.UserHasSession)
	_, err = m.there.OpenSession(t.Context(), asks(license, "laptop", ""))
	refused(t, err, licenses.SessionUserMissing)
	must[licenses.Session](t)(m.there.OpenSession(t.Context(), asks(license, "laptop/tom", "tom")))
}

func TestFloatingSessionsOnlyCounted(t *testing.T) {
	m := newMarket(t)
	license := m.license(t, m.edition(t, "counted", onePerClient), 10)
	for i := range 3 {
		client := fmt.Sprint(i)
		m.activate(t, license, client)
		session := must[licenses.Session](t)(m.here.OpenSession(t.Context(), asks(license, client, "")))
		if session.MaxSessions != licensing.MaxFloatingSessions {
			t.Errorf("as many as %d sessions may be open", session.MaxSessions)
		}
	}
	_, err := m.here.OpenSession(t.Context(), asks(license, "0", ""))
	refused(t, err, licenses.TooManySessions)
}

func TestSessionRequestsThatMakeNoSense(t *testing.T) {
	m := newMarket(t)
	named, floating := m.license(t, m.edition(t, "named", devices), 1), m.license(t, m.edition(t, "people", threePeople), 1)
	without, instant := asks(floating, "a", "lisa"), asks(floating, "a", "lisa")
	without.SessionID = ""
	zero := 0.0
	instant.CheckoutMinutes = &zero
	for name, test := range map[string]struct {
		asks licenses.SessionRequest
		want licenses.ErrorID
	}{
		"a license that is not floating": {asks(named, "a", ""), licenses.LicenseNotFloating},
		"an unknown license":             {asks(uuid.NewString(), "a", ""), licenses.LicenseKeyUnknown},
		"no session":                     {without, licenses.SessionIDMissing},
		"no client":                      {asks(floating, "", "lisa"), licenses.ClientIDMissing},
		"a checkout of no time":          {instant, licenses.CheckoutPeriodTooShort},
		"a bad address":                  {asks(floating, "a", "lisa@"), licenses.BadEmailAddress},
	} {
		_, err := m.here.OpenSession(t.Context(), test.asks)
		if licenses.IDOf(err) != test.want {
			t.Errorf("%s: got %v, want %d", name, err, test.want)
		}
	}
	refused(t, m.here.CloseSession(t.Context(), without), licenses.SessionIDMissing)
	refused(t, m.here.CloseSession(t.Context(), asks(named, "a", "")), licenses.LicenseNotFloating)
}

func TestSessionsOverREST(t *testing.T) {
	m := newMarket(t)
	license := m.license(t, m.edition(t, "people", threePeople), 5)
	v := vendor{Producer: m.Producer, id: uuid.NewString(), product: m.productID, license: license, calls: new(int)}
	body := object{"license_id": license, "client_id": "laptop/lisa", "user_id": "lisa", "session_id": uuid.NewString(), "checkout_period": 90.5}

	session := v.ok(t, http.MethodPost, "/provisioning/session/open", body).(object)
	wants(t, session, object{"is_session_valid": true, "max_open_session_count": 3.0, "max_active_client_count": 5.0})
	for _, field := range []string{"session_valid_until", "session_created_date", "session_modified_date"} {
		if _, err := time.Parse(time.RFC3339, fmt.Sprint(session[field])); err != nil {
			t.Error(err)
		}
	}
	if count := v.ok(t, http.MethodGet, "/provisioning/licenses/"+license+"/tokens/floating/active/count", nil); count != 1.0 {
		t.Errorf("count is %v", count)
	}
	open := v.ok(t, http.MethodGet, "/licenses/"+license+"/opensessions", nil).(list)
	if len(open) != 1 || open[0].(object)["session_id"] != body["session_id"] || open[0].(object)["user_id"] != "lisa" {
		t.Errorf("got %v", open)
	}
	if text, quoted := v.ok(t, http.MethodPost, "/provisioning/session/close", body).(string); !quoted {
		t.Errorf("a close is answered %v, want a JSON string", text)
	}
	if answer := v.ok(t, http.MethodPost, "/licenses/"+license+"/opensessions/close", object{"license_id": license}); answer != nil {
		t.Errorf("got %v", answer)
	}
	v.ok(t, http.MethodPut, "/administration/deleteinactivesessions", nil)
	v.ok(t, http.MethodPut, "/administration/validatelicensesexpirationdate", nil)
}
