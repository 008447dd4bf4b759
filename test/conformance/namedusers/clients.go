package namedusers

import (
	"fmt"
	"net/url"
	"strings"
)

func clientCases() []testCase {
	return []testCase{
		{section: "5.2", title: "texts are quoted JSON strings, and integers integers", tell: quotedTexts},
		{section: "5.9", title: "user ids are unescaped as clients escape them", tell: escapedUsers},
		{section: "5.8", title: "reset and recalculate answer an empty 200", tell: emptyAnswers},
		{section: "5.12", title: "unknown attributes are ignored, whole answers can be sent back", tell: sentBack},
		{section: "5", title: "bodies that are not possible", tell: badBodies},
		{section: "2.2", title: "whatever a client accepts, nothing is compressed", tell: uncompressed},
	}
}

func (l *license) activation(client string, further ...any) request {
	return l.software(post, "/provisioning/activations", object(append([]any{"product_id", l.ProductID, "license_key", l.LicenseID, "client_id", client}, further...)...))
}

func quotedTexts(t *trial) {
	l := t.sell(Sale{TokenLimit: new(3)})
	token := t.gets(l.activation("c1")).String("token_key")
	a := t.expect("unassign", 200, l.software(post, "/provisioning/unassign", object("token_key", token)))
	t.Equal("it begins and ends with a quote", "true", fmt.Sprint(len(a.Body) >= 2 && a.Body[0] == '"' && strings.TrimSpace(string(a.Body))[len(strings.TrimSpace(string(a.Body)))-1] == '"'))
	f := t.sell(Sale{Floating: &Floating{Limit: 3}})
	t.gets(f.open("c1", "u1", uuid()))
	a = t.expect("count", 200, f.software(get, "/provisioning/licenses/"+f.LicenseID+"/tokens/floating/active/count", ""))
	t.Equal("it is a bare integer", "1", strings.TrimSpace(string(a.Body)))
	a = t.expect("session close", 200, f.close("c1", uuid()))
	t.Equal("session close answers a string", "true", fmt.Sprint(a.Body[0] == '"'))
}

func escapedUsers(t *trial) {
	l := t.sell(Sale{Limitations: []Limitation{unit("it", 50)}})
	// The Java client escapes everything.
	everything := url.PathEscape
	// The C++ client sends @ and / as they are, and escapes blanks.
	blanks := func(id string) string { return strings.ReplaceAll(id, " ", "%20") }
	strict := func(id string) string {
		var escaped strings.Builder
		for _, b := range []byte(id) {
			fmt.Fprintf(&escaped, "%%%02X", b)
		}
		return escaped.String()
	}
	for _, c := range []struct {
		id     string
		escape func(string) string
	}{
		{"lisa@acme.example", blanks}, {"omar@acme.example", everything}, {"mei@acme.example", strict},
		{"lisa b c", blanks}, {"domain\\omar", everything}, {"a/b c", everything}, {"a/b/c", strict}, {"a%2Fb", everything}, {"100%", everything},
		{"a+b@acme.example", blanks}, {"c+d@acme.example", everything}, {"müller", everything}, {"ünï ☂", strict}, {"a;b,c=d", everything}, {"..x", everything},
		{"q?x=1#f", everything}, {"bulk-delete-me", blanks}, {"CN=Lisa,O=ACME", everything},
	} {
		t.About(c.id, func() {
			added := t.expect("add", 200, l.user(post, c.id, true))
			t.Equal("its id", c.id, added.String("user_id"))
			id := l.hb(c.id, "it").String("0.transaction_id")
			l.holds(c.id, "it", id)
			a := t.status("DELETE as "+c.escape(c.id), 200, l.admin(remove, l.path("users", c.escape(c.id)), ""))
			t.Equal("the deleted user", c.id, a.String("user_id"))
		})
	}
	l.stands("it", "0", "50")
	const slashed = "x@acme.example/b c"
	if a := t.do(l.user(post, slashed, true)); a.Status == 200 {
		t.status("with a slash as it is, no path leads there", 404, l.admin(remove, l.path("users", blanks(slashed)), ""))
		t.status("bulk-delete takes it", 200, l.admin(post, l.path("users", "bulk-delete"), string(list([]string{slashed}))))
	}
	t.Equal("users that are left", "", t.gets(l.admin(get, l.path("users"), "")).names(""))
}

func emptyAnswers(t *trial) {
	l := t.sell(Sale{Limitations: []Limitation{counted("it", 10)}})
	for _, call := range []string{"reset", "recalculate"} {
		a := t.expect(call, 200, l.admin(put, l.path("consumption", "balance", "limitations", l.limitation("it"), call), ""))
		t.Equal("its body", "", string(a.Body))
	}
	for _, job := range []string{"consumptionbalance", "deleteinactivesessions", "validatelicensesexpirationdate"} {
		a := t.expect(job, 200, l.admin(put, "/administration/"+job, ""))
		t.Equal("its body", "", string(a.Body))
	}
	l.stands("it", "0", "10")
}

func sentBack(t *trial) {
	l := t.sell(storySale(3))
	l.adds("u1")
	user := t.gets(l.user(patch, "u1", true))
	with := func(body, attribute string) string { return strings.Replace(body, "{", "{"+attribute+",", 1) }
	t.expect("PATCH with a whole user", 200, l.admin(patch, l.path("users"), user.At("")))
	t.expect("PATCH with an attribute that nobody knows", 200, l.admin(patch, l.path("users"), with(user.At(""), `"x-unknown":{"a":[1]}`)))
	before := t.gets(l.admin(get, l.path(), ""))
	for what, r := range map[string]request{
		"PATCH /licenses/{id}": l.admin(patch, l.path(), before.At("")),
		"PATCH /licenses":      l.admin(patch, "/licenses", with(before.At(""), `"x-unknown":1`)),
	} {
		after := t.expect(what+" with a whole license", 200, r)
		for _, same := range []string{"id", "customer_id", "template_id", "user_limit", "token_limit", "is_active", "license_limitations"} {
			t.Equal(what+": "+same+" is as before", before.At(same), after.At(same))
		}
	}
	template := t.gets(l.admin(get, "/templates/"+l.EditionID, ""))
	after := t.expect("PATCH with a whole template", 200, l.admin(patch, "/templates/"+l.EditionID, template.At("")))
	for _, same := range []string{"id", "name", "limitations", "user_limit", "token_limit", "provisioning_mode", "client_type"} {
		t.Equal("template: "+same+" is as before", template.At(same), after.At(same))
	}
	t.expect("a heartbeat with more attributes", 200, l.software(post, "/data_gathering/consumption_heartbeats",
		object("client_id", l.client(), "token_key", nil, "x", 1, "consumption_heartbeat", raw("["+string(l.value(limitationA, "u1", "1.0", "external_id", nil, "timestamp_utc", nil, "y", "z"))+"]"))))
	for _, at := range []string{"2026-01-02T03:04:05Z", "2026-01-02T03:04:05.1234567Z", "2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05.5+02:00", "2026-01-02T03:04:05"} {
		t.expect("a timestamp "+at, 200, l.heartbeat(l.value(limitationA, "u1", "1", "timestamp_utc", at)))
	}
	l.stands(limitationA, "1", "2")
}

func badBodies(t *trial) {
	l := t.sell(storySale(3))
	l.adds("u1")
	heartbeats, byUser := "/data_gathering/consumption_heartbeats", "/provisioning/licenses/by_user"
	good := l.bu("u1").body
	for what, r := range map[string]request{
		"no body":                       l.software(post, byUser, ""),
		"no JSON":                       l.software(post, byUser, "{"),
		"two values":                    l.software(post, byUser, good+good),
		"a list":                        l.software(post, byUser, "["+good+"]"),
		"null":                          l.software(post, byUser, "null"),
		"no user":                       l.software(post, byUser, object("product_id", l.ProductID)),
		"a user who is null":            l.software(post, byUser, object("product_id", l.ProductID, "user_id", nil)),
		"a user who is a number":        l.software(post, byUser, object("product_id", l.ProductID, "user_id", 1)),
		"a product that is no id":       l.software(post, byUser, object("product_id", "x", "user_id", "u1")),
		"a flag that is a text":         l.software(post, byUser, object("product_id", l.ProductID, "user_id", "u1", "active_licenses_only", "yes")),
		"no values":                     l.software(post, heartbeats, object("client_id", l.client())),
		"values that are null":          l.software(post, heartbeats, object("client_id", l.client(), "consumption_heartbeat", nil)),
		"a value without limitation":    l.heartbeat(raw(`{"value":1,"user_id":"u1"}`)),
		"a limitation that is no id":    l.heartbeat(l.value("x", "u1", "1")),
		"a value that is not there":     l.heartbeat(raw(object("limitation_id", l.limitation(limitationA), "user_id", "u1"))),
		"a timestamp that is none":      l.heartbeat(l.value(limitationA, "u1", "1", "timestamp_utc", "yesterday")),
		"a token key that is none":      l.software(post, heartbeats, object("client_id", l.client(), "token_key", "x", "consumption_heartbeat", raw("[]"))),
		"a value of 7 digits behind":    l.heartbeat(l.value(limitationA, "u1", "1.0000001")),
		"a license id that is no id":    l.admin(get, "/licenses/x", ""),
		"a user without is_active":      l.admin(post, l.path("users"), `{"user_id":"u9","name":"x"}`),
		"an is_active that is a number": l.admin(post, l.path("users"), `{"user_id":"u9","name":"x","is_active":1}`),
		"a text for bulk-delete":        l.admin(post, l.path("users", "bulk-delete"), `"u1"`),
		"an object for bulk-delete":     l.admin(post, l.path("users", "bulk-delete"), `{"user_id":"u1"}`),
	} {
		t.status(what, 400, r)
	}
	for what, id := range map[string]string{"empty": "", "too long": strings.Repeat("x", 257), "with a control character": "a\u0007b", "with a line feed": "a\nb", "with a blank before": " a", "with a blank after": "a "} {
		t.status("a user id that is "+what, 400, l.user(post, id, true))
	}
	for _, id := range []string{"lisa@", "@acme.example", "lisa@acme@example", "lisa barry@acme.example"} {
		t.refused("user id "+id, 1012, l.user(post, id, true))
	}
	t.expect("a user id of 256 characters", 200, l.user(post, strings.Repeat("ü", 256), true, "name", "x"))
	l.stands(limitationA, "0", "3")
}

func uncompressed(t *trial) {
	l := t.sell(storySale(3))
	for _, accepted := range []string{"utf-8", "gzip", "gzip, deflate, br, zstd", "identity;q=0", "*;q=0", "br;q=1.0, *;q=0.1", ""} {
		a := t.expect("Accept-Encoding: "+accepted, 200, l.admin(get, "/licenses/"+l.LicenseID, "").with("Accept-Encoding", accepted))
		t.Equal("Content-Encoding", "", a.Header.Get("Content-Encoding"))
		t.Equal("the license", l.LicenseID, a.String("id"))
	}
	for _, accepted := range []string{"application/json", "text/plain", "*/*", "application/xml", "text/json; charset=utf-8", ""} {
		t.expect("Accept: "+accepted, 200, l.admin(get, "/licenses/"+l.LicenseID, "").with("Accept", accepted))
	}
	for _, contentType := range []string{"application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8"} {
		t.expect("Content-Type: "+contentType, 200, l.bu("x").with("Content-Type", contentType))
	}
}
