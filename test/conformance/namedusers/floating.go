package namedusers

import (
	"fmt"
	"time"
)

func floatingCases() []testCase {
	return []testCase{
		{section: "1.10", title: "the life of a session", tell: sessionLife},
		{section: "1.10", title: "the last places go to as many clients", tell: lastPlaces},
		{section: "1.10", title: "sessions that are not possible", tell: badSessions},
		{section: "1.10", title: "a limit that is not enforced", tell: notEnforced},
		{section: "1.10", title: "sessions of one client", tell: sessionsOfAClient},
		{section: "1.10", title: "checkout periods, and what a session tells", tell: checkout},
		{section: "1.10", title: "a session that is not renewed ends", tell: sessionEnds},
		{section: "1.10", title: "devices of a floating license", tell: floatingDevices},
	}
}

func (l *license) session(what, client, user, session string, further ...any) request {
	attributes := []any{"license_id", l.LicenseID, "client_id", client, "session_id", session}
	if user != "" {
		attributes = append(attributes, "user_id", user)
	}
	return l.software(post, "/provisioning/session/"+what, object(append(attributes, further...)...))
}

func (l *license) open(client, user, session string, further ...any) request {
	return l.session("open", client, user, session, further...)
}

func (l *license) close(client, session string) request {
	return l.session("close", client, "", session)
}

// openSessions checks how many there are, by all that tell it.
func (l *license) openSessions(want int) {
	l.Equal("open sessions", fmt.Sprint(want), l.gets(l.software(get, "/provisioning/licenses/"+l.LicenseID+"/tokens/floating/active/count", "")).At(""))
	l.Equal("listed sessions", fmt.Sprint(want), fmt.Sprint(len(l.gets(l.admin(get, l.path("opensessions"), "")).List(""))))
}

func sessionLife(t *trial) {
	l := t.sell(Sale{Floating: &Floating{Limit: 2, PeriodMinutes: 10}})
	one, two, three := uuid(), uuid(), uuid()
	before := time.Now()
	a := t.expect("open", 200, l.open("laptop/lisa@acme.example", "lisa@acme.example", one))
	t.Equal("is_session_valid", "true", a.At("is_session_valid"))
	t.Equal("max_open_session_count", "2", a.At("max_open_session_count"))
	until, err := time.Parse(time.RFC3339Nano, a.String("session_valid_until"))
	held := until.Sub(before)
	t.Record("it is valid for its period", "10 minutes", held.String(), err == nil && held > 9*time.Minute && held < 11*time.Minute)
	l.openSessions(1)
	for replica := range 3 {
		again := t.expect("the same session again renews it", 200, l.open("laptop/lisa@acme.example", "lisa@acme.example", one).on(replica+1))
		t.Equal("created as before", a.String("session_created_date"), again.String("session_created_date"))
	}
	l.openSessions(1)
	t.expect("a second one", 200, l.open("desktop/omar@acme.example", "omar@acme.example", two))
	t.refused("a third one", 1007, l.open("desktop/mei@acme.example", "mei@acme.example", three))
	l.openSessions(2)
	t.expect("renewal of the first, when all are taken", 200, l.open("laptop/lisa@acme.example", "lisa@acme.example", one))
	t.expect("close", 200, l.close("laptop/lisa@acme.example", one))
	l.openSessions(1)
	t.expect("close again", 200, l.close("laptop/lisa@acme.example", one))
	t.expect("the third one now", 200, l.open("desktop/mei@acme.example", "mei@acme.example", three))
	t.refused("the first one", 1007, l.open("laptop/lisa@acme.example", "lisa@acme.example", one))
	listed := t.gets(l.admin(get, l.path("opensessions"), ""))
	t.Equal("who is listed", "omar@acme.example, mei@acme.example", listed.String("0.user_id")+", "+listed.String("1.user_id"))
	t.expect("close all", 200, l.admin(post, l.path("opensessions", "close"), object("license_id", l.LicenseID)))
	l.openSessions(0)
	t.expect("the first one again", 200, l.open("laptop/lisa@acme.example", "lisa@acme.example", one))
	l.openSessions(1)
}

func lastPlaces(t *trial) {
	l := t.sell(Sale{Floating: &Floating{Limit: 11}})
	var requests []request
	for i := range 60 {
		user := fmt.Sprintf("u%d", i)
		requests = append(requests, l.open("client-"+user, user, uuid()))
	}
	opened := map[string]int{}
	for _, a := range t.together(requests) {
		opened[fmt.Sprintf("%d %s", a.Status, a.At("id"))]++
	}
	t.Equal("of 60 requests", "map[200 (absent):11 409 1007:49]", fmt.Sprint(opened))
	l.openSessions(11)
	var same []request
	for range 20 {
		same = append(same, l.open("client-u", "u", "11111111-1111-4111-8111-111111111111"))
	}
	t.gets(l.admin(post, l.path("opensessions", "close"), "{}"))
	for _, a := range t.together(same) {
		t.Need(a.Status == 200, "each repeat is answered with 200, not %d", a.Status)
	}
	l.openSessions(1)
}

func badSessions(t *trial) {
	named := t.sell(storySale(3))
	t.refused("on a license that is not floating", 12000, named.open("c", "u1", uuid()))
	l := t.sell(Sale{Floating: &Floating{Limit: 5}})
	for _, period := range []any{0, -1, raw("-0.5")} {
		t.refused(fmt.Sprintf("checkout_period %v", period), 12003, l.open("c", "u1", uuid(), "checkout_period", period))
	}
	t.refused("without a user", 12004, l.open("c", "", uuid()))
	t.refused("without a session", 12005, l.software(post, "/provisioning/session/open", object("license_id", l.LicenseID, "client_id", "c", "user_id", "u1")))
	t.refused("close without a session", 12005, l.software(post, "/provisioning/session/close", object("license_id", l.LicenseID, "client_id", "c", "user_id", "u1")))
	t.gets(l.open("c", "u1", uuid()))
	t.refused("a second session of a user", 12006, l.open("d", "u1", uuid()))
	t.refused("without a client", 2010, l.open("", "u2", uuid()))
	t.status("a session that is no id", 400, l.open("c", "u2", "x"))
	unknown := *l
	unknown.LicenseID = uuid()
	t.refused("a license that is not known", 1000, unknown.open("c", "u2", uuid()))
	t.status("counting its sessions", 404, unknown.software(get, "/provisioning/licenses/"+unknown.LicenseID+"/tokens/floating/active/count", ""))
	t.status("listing its sessions", 404, unknown.admin(get, unknown.path("opensessions"), ""))
	l.openSessions(1)
	now := time.Now().UTC()
	expired := t.sell(Sale{Floating: &Floating{Limit: 5}, Start: now.AddDate(-2, 0, 0), End: now.AddDate(-1, 0, 0)})
	t.refused("on an expired license", 1001, expired.open("c", "u1", uuid()))
	off := t.sell(Sale{Floating: &Floating{Limit: 5}, Inactive: true})
	t.refused("on a license that is switched off", 1002, off.open("c", "u1", uuid()))
}

func notEnforced(t *trial) {
	l := t.sell(Sale{Floating: &Floating{Limit: 1, NotEnforced: true}})
	for i := range 4 {
		t.expect("open", 200, l.open(fmt.Sprint("c", i), fmt.Sprint("u", i), uuid()))
	}
	l.openSessions(4)
}

func sessionsOfAClient(t *trial) {
	l := t.sell(Sale{Floating: &Floating{Limit: 10, PerClient: 2}})
	first := uuid()
	t.expect("one", 200, l.open("c", "u1", first))
	t.expect("two", 200, l.open("c", "u2", uuid()))
	t.refused("three", 12002, l.open("c", "u3", uuid()))
	t.expect("renewal", 200, l.open("c", "u1", first))
	t.expect("another client", 200, l.open("d", "u4", uuid()))
	t.expect("close", 200, l.close("c", first))
	t.expect("three now", 200, l.open("c", "u3", uuid()))
	l.openSessions(3)
}

func checkout(t *trial) {
	l := t.sell(Sale{Floating: &Floating{Limit: 10, PeriodMinutes: 10}})
	id := uuid()
	before := time.Now()
	a := t.expect("a checkout of two days", 200, l.open("c", "u1", id, "checkout_period", raw("2880.5")))
	until, err := time.Parse(time.RFC3339Nano, a.String("session_valid_until"))
	held := until.Sub(before)
	t.Record("it is valid for two days", "2880.5 minutes", held.String(), err == nil && held > 2880*time.Minute && held < 2882*time.Minute)
	listed := t.gets(l.admin(get, l.path("opensessions"), ""))
	for path, want := range map[string]string{"0.session_id": id, "0.client_id": "c", "0.user_id": "u1", "0.license_id": l.LicenseID} {
		t.Equal(path, want, listed.String(path))
	}
	t.Equal("session_period is told", "10", t.gets(l.software(post, "/provisioning/validate", object("license_key", l.LicenseID))).At("session_period"))
}

// sessionEnds waits for the shortest session that there can be.
func sessionEnds(t *trial) {
	l := t.sell(Sale{Floating: &Floating{Limit: 1, PeriodMinutes: 1}})
	id := uuid()
	a := t.gets(l.open("c", "u1", id))
	until, err := time.Parse(time.RFC3339Nano, a.String("session_valid_until"))
	t.Need(err == nil, "it says until when: %v; without that", err)
	t.refused("another one before", 1007, l.open("d", "u2", uuid()))
	select {
	case <-time.After(time.Until(until) + 3*time.Second):
	case <-t.ctx.Done():
		t.Need(false, "the examination was interrupted: %v; without that", t.ctx.Err())
	}
	l.openSessions(0)
	t.expect("another one after", 200, l.open("d", "u2", uuid()))
	t.refused("the first one", 1007, l.open("c", "u1", id))
}

func floatingDevices(t *trial) {
	l := t.sell(Sale{Devices: true, Activation: "None", Floating: &Floating{Limit: 1}})
	t.gets(l.activation("device-1"))
	t.gets(l.activation("device-2"))
	id := uuid()
	t.expect("a device needs no user", 200, l.open("device-1", "", id))
	t.refused("a second device", 1007, l.open("device-2", "", uuid()))
	t.expect("close", 200, l.close("device-1", id))
	t.expect("the second now", 200, l.open("device-2", "", uuid()))
}
