package namedusers

import (
	"fmt"
	"time"
)

func validityCases() []testCase {
	year := 365 * 24 * time.Hour
	now := time.Now().UTC().Truncate(time.Second)
	var cases []testCase
	for _, v := range []struct {
		title    string
		sale     Sale
		id       int
		validity string
		flags    string
	}{
		{"an expired license", Sale{Start: now.Add(-2 * year), End: now.Add(-year)}, 1001, "2", "is_active true, is_expired true, is_valid false"},
		{"a license that is switched off", Sale{Inactive: true}, 1002, "0", "is_active false, is_expired false, is_valid false"},
		{"a license that has not begun", Sale{Start: now.Add(year), End: now.Add(2 * year)}, 13005, "1", "is_active true, is_expired false, is_valid false"},
	} {
		cases = append(cases, testCase{section: "1.9", title: v.title, tell: func(t *trial) {
			v.sale.Limitations = []Limitation{unit("it", 3), counted("counted", 10)}
			l := t.sell(v.sale)
			a := t.gets(l.admin(get, l.path(), ""))
			t.Equal("its flags", v.flags, fmt.Sprintf("is_active %s, is_expired %s, is_valid %s", a.At("is_active"), a.At("is_expired"), a.At("is_valid")))
			t.Equal("date_validity", v.validity, a.At("date_validity"))
			t.expect("users are managed", 200, l.user(post, "idle", false))
			t.refused("consumption", v.id, l.heartbeat(l.value("counted", "", "1")))
			t.refused("activation", v.id, l.activation("device-1"))
			t.Equal("by_user answers", l.LicenseID, t.expect("by_user", 200, l.bu("idle")).String("0.id"))
			info := t.expect("validate", 200, l.software(post, "/provisioning/validate", object("license_key", l.LicenseID)))
			t.Equal("is_license_valid", "false", info.At("is_license_valid"))
			t.Equal("date_validity", v.validity, info.At("date_validity"))
			info = t.expect("license heartbeat", 200, l.software(post, "/provisioning/heartbeats",
				object("product_id", l.ProductID, "client_id", l.client(), "software_version", "1", "operating_system", "x")))
			t.Equal("is_license_valid", "false", info.At("is_license_valid"))
			t.expect("balance", 200, l.software(get, l.path("consumption", "balance"), ""))
			t.expect("a user is deleted", 200, l.deletion("idle"))
		}})
	}
	return append(cases,
		testCase{section: "1.9", title: "what was held before a license expired is freed", tell: expiredWhileHeld},
		testCase{section: "1.9", title: "what was held before a license was switched off is freed", tell: inactiveWhileHeld},
	)
}

func expiredWhileHeld(t *trial) {
	l := t.sell(Sale{Limitations: []Limitation{unit("it", 3), counted("counted", 10)}})
	customer := t.gets(l.admin(get, l.path(), "")).String("customer_id")
	made := *l
	made.LicenseID = t.gets(l.newLicense(customer, "start_date_utc", "2023-01-01T00:00:00Z")).String("id")
	made.adds("u1", "u2")
	held, consumed := made.hb("u1", "it").String("0.transaction_id"), t.gets(made.heartbeat(made.value("counted", "", "3"))).String("0.transaction_id")
	made.hb("u2", "it")
	a := t.expect("PATCH expiration_date_utc into the past", 200, made.admin(patch, made.path(), object("id", made.LicenseID, "expiration_date_utc", "2024-01-01T00:00:00Z", "expiration_mode", 2)))
	t.Equal("is_expired", "true", a.At("is_expired"))
	made.heldOfInvalid(held, consumed, 1001)
}

func inactiveWhileHeld(t *trial) {
	l := t.sell(Sale{Limitations: []Limitation{unit("it", 3), counted("counted", 10)}})
	l.adds("u1", "u2")
	held, consumed := l.hb("u1", "it").String("0.transaction_id"), t.gets(l.heartbeat(l.value("counted", "", "3"))).String("0.transaction_id")
	l.hb("u2", "it")
	t.gets(l.stateToggle(false))
	l.heldOfInvalid(held, consumed, 1002)
}

func (l *license) heldOfInvalid(held, consumed string, id int) {
	l.refused("consumption", id, l.heartbeat(l.value("counted", "", "1")))
	l.Equal("a holder's repeat", fmt.Sprint(id), l.do(l.heartbeat(l.value("it", "u1", "1"))).At("id"))
	l.holds("u1", "it", held)
	l.expect("rollback of what a user holds", 200, l.rollback("it", held))
	l.expect("rollback of what was consumed", 200, l.rollback("counted", consumed))
	l.expect("DELETE of a user", 200, l.deletion("u2"))
	l.stands("it", "0", "3")
	l.stands("counted", "0", "10")
}
