package namedusers

import (
	"fmt"
	"strings"
)

func activationCases() []testCase {
	return []testCase{
		{section: "2.3", title: "the life of an activation", tell: activationLife},
		{section: "2.3", title: "the last token goes to one client", tell: lastToken},
		{section: "2.3", title: "activations that are not possible", tell: badActivations},
		{section: "2.3", title: "heartbeats and validate tell of the license", tell: licenseHeartbeats},
		{section: "1.1", title: "licenses that are activated from the beginning", tell: activatedFromTheBeginning},
	}
}

func (l *license) unassign(token string) request {
	return l.software(post, "/provisioning/unassign", object("token_key", token))
}

func (l *license) alive(client string, further ...any) request {
	return l.software(post, "/provisioning/heartbeats", object(append([]any{
		"product_id", l.ProductID, "client_id", client, "software_version", "1.2.3", "operating_system", "Linux",
	}, further...)...))
}

func activationLife(t *trial) {
	l := t.sell(Sale{Devices: true, Activation: "None", TokenLimit: new(2), Limitations: []Limitation{counted("it", 10)}})
	t.refused("a client that is not activated", 2006, l.heartbeatOf("device-1", l.value("it", "", "1")))
	a := t.expect("activation", 200, l.activation("device-1", "client_name", "Laptop", "software_version", "1.2.3", "timestamp_utc", "2026-01-01T00:00:00Z", "tags", []string{"x"}))
	token := a.String("token_key")
	for path, want := range map[string]string{
		"license_key": l.LicenseID, "client_id": "device-1", "product_id": l.ProductID, "template_id": l.EditionID, "provisioning_mode": "0", "client_type": "0",
		"is_license_valid": "true", "is_license_active": "true", "is_license_expired": "false", "date_validity": "0", "token_limit": "2",
		"limitations.0.id": l.limitation("it"), "limitations.0.value": "10", "limitations.0.name": "it",
	} {
		t.Equal(path, want, a.String(path))
	}
	t.Equal("figures of its limitation", "balance 0, remaining 10", a.figures("limitations.0."))
	t.Equal("it has a token", "true", fmt.Sprint(guidPattern.MatchString(token)))
	for replica := range 3 {
		again := t.expect("activation again", 200, l.activation("device-1").on(replica+1))
		t.Equal("it keeps its token", token, again.String("token_key"))
	}
	t.expect("a second client", 200, l.activation("device-2"))
	t.refused("a third one", 2000, l.activation("device-3"))
	t.refused("it is not known", 2006, l.alive("device-3"))
	t.expect("consumption of the first", 200, l.heartbeatOf("device-1", l.value("it", "", "1")))
	t.expect("unassign", 200, l.unassign(token))
	t.refused("the client is not known any more", 2006, l.heartbeatOf("device-1", l.value("it", "", "1")))
	t.Equal("unassign again", "2003", t.do(l.unassign(token)).At("id"))
	t.expect("the token is free for a third client", 200, l.activation("device-3"))
	t.refused("and none for the first", 2000, l.activation("device-1"))
	t.refused("lowering the tokens below those assigned", 2008, l.admin(patch, l.path(), object("token_limit", 1)))
	t.expect("more tokens", 200, l.admin(patch, l.path(), object("token_limit", 3)))
	a = t.expect("the first again", 200, l.activation("device-1"))
	t.Equal("with another token", "true", fmt.Sprint(a.String("token_key") != token))
	t.refused("the old token", 2003, l.software(post, "/data_gathering/consumption_heartbeats",
		object("client_id", "device-1", "token_key", token, "consumption_heartbeat", raw("["+string(l.value("it", "", "1"))+"]"))))
	l.stands("it", "1", "9")
}

func lastToken(t *trial) {
	l := t.sell(Sale{Devices: true, Activation: "None", TokenLimit: new(7)})
	var requests []request
	for i := range 40 {
		requests = append(requests, l.activation(fmt.Sprintf("device-%d", i/2))) // each twice
	}
	statuses, tokens := map[int]int{}, map[string]map[string]bool{}
	for i, a := range t.together(requests) {
		statuses[a.Status]++
		if a.Status == 200 {
			client := fmt.Sprintf("device-%d", i/2)
			if tokens[client] == nil {
				tokens[client] = map[string]bool{}
			}
			tokens[client][a.String("token_key")] = true
		}
	}
	t.Equal("clients with a token", "7", fmt.Sprint(len(tokens)))
	for client, its := range tokens {
		t.Equal("tokens of "+client, "1", fmt.Sprint(len(its)))
	}
	t.Equal("other statuses than 200 and 409", "0", fmt.Sprint(len(requests)-statuses[200]-statuses[409]))
}

func badActivations(t *trial) {
	l := t.sell(Sale{Devices: true, Activation: "None"})
	second := l.Sale
	second.LicenseID, second.CustomerNumber = uuid(), "customer-"+uuid()[:8]
	m := t.sellAs(second)
	t.gets(l.activation("device-1"))
	t.refused("a client of another license of the product", 2005, m.activation("device-1"))
	other := t.sell(Sale{Devices: true, Activation: "None"})
	t.expect("a client of a license of another product", 200, other.activation("device-1"))
	unknown := *l
	unknown.LicenseID = uuid()
	t.refused("a license key that is not known", 1000, unknown.activation("device-2"))
	unknown.LicenseID = "not-a-key"
	t.OneOf("a license key that is none", fmt.Sprint(t.do(unknown.activation("device-2")).Status), "409", "400")
	unknown.LicenseID, unknown.ProductID = l.LicenseID, uuid()
	t.Equal("a product that is not known", "3000", t.do(unknown.activation("device-2")).At("id"))
	unknown.ProductID = other.ProductID
	t.refused("a license of another product", 1000, unknown.activation("device-2"))
	t.refused("no client id", 2010, l.activation(""))
	t.status("a client id that is too long", 400, l.activation(strings.Repeat("x", 257)))
	t.refused("unassign of a token that is not known", 2003, l.unassign(uuid()))
	t.status("unassign of what is no token", 400, l.unassign("x"))
}

func licenseHeartbeats(t *trial) {
	l := t.sell(Sale{Devices: true, Activation: "None", Limitations: []Limitation{unit("it", 3)}})
	l.adds("u1")
	token := t.gets(l.activation("device-1")).String("token_key")
	for what, r := range map[string]request{
		"heartbeat":                     l.alive("device-1"),
		"heartbeat with a user":         l.alive("device-1", "user_id", "u1"),
		"heartbeat with the token":      l.alive("device-1", "token_key", token),
		"heartbeat with a nullable one": l.alive("device-1", "token_key", nil, "user_id", nil, "group_id", nil, "heartbeat_type_id", nil),
	} {
		a := t.expect(what, 200, r)
		t.Equal(what+": license_key", l.LicenseID, a.String("license_key"))
		t.Equal(what+": token_key", token, a.String("token_key"))
		t.Equal(what+": is_license_valid", "true", a.At("is_license_valid"))
		t.Equal(what+": its limitation says nothing of a user", "(absent)", a.At("limitations.0.current_user_transaction_id"))
	}
	t.refused("of a client that is not known", 2006, l.alive("nobody"))
	t.Equal("with another token", "5000", t.do(l.alive("device-1", "token_key", uuid())).At("id"))
	unknown := *l
	unknown.ProductID = uuid()
	t.Equal("of a product that is not known", "3000", t.do(unknown.alive("device-1")).At("id"))
	a := t.expect("validate", 200, l.software(post, "/provisioning/validate", object("license_key", l.LicenseID)))
	t.Equal("it is valid", "true", a.At("is_license_valid"))
	t.refused("validate of a key that is not known", 1000, l.software(post, "/provisioning/validate", object("license_key", uuid())))
}

func activatedFromTheBeginning(t *trial) {
	for _, activation := range []string{"TokenKey", "CustomerNumber"} {
		l := t.sell(Sale{Activation: activation, Limitations: []Limitation{counted("it", 10)}})
		t.expect(activation+": consumption", 200, l.heartbeat(l.value("it", "", "1")))
		t.expect(activation+": heartbeat", 200, l.alive(l.client()))
		t.expect(activation+": activation of that client", 200, l.activation(l.client()))
		t.Equal(activation+": the license names it", l.client(), t.gets(l.admin(get, l.path(), "")).String("client_id"))
	}
	none := t.sell(Sale{Activation: "None", Limitations: []Limitation{counted("it", 10)}})
	t.refused("None: consumption by the license's id", 2006, none.heartbeatOf(none.LicenseID, none.value("it", "", "1")))
	t.refused("None: consumption by the customer's number", 2006, none.heartbeatOf(none.CustomerNumber, none.value("it", "", "1")))
	t.Equal("None: the license names none", "null", t.gets(none.admin(get, none.path(), "")).At("client_id"))
}
