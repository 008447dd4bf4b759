package conformance

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

// tenantVectors change what belongs to the whole tenant; they are told alone and put back what they changed.
func tenantVectors() []testCase {
	return []testCase{
		{section: "3.22", title: "time zone tolerance", pace: alone, tell: timezoneTolerance},
		{section: "3.27", title: "the life of a key", pace: alone, forms: bothForms, tell: keyLife},
		{section: "3.27", title: "keys of every kind, and keys that are refused", pace: alone, tell: keyKinds},
		{section: "3.28", title: "configuration values", pace: alone, forms: bothForms, tell: configuration},
		{section: "3.27", title: "the last administration key cannot be deleted", pace: alone, notShown: lastKeyNotShown, tell: lastKey},
	}
}

func (t *trial) configuration() map[string]any {
	a := t.do(t.admin(http.MethodGet, t.provisioning("configuration"), ""))
	t.Need(a.Status == http.StatusOK, "the configuration is read, status %d", a.Status)
	values := map[string]any{}
	for _, value := range a.List("") {
		name, _ := examination.Find(value, "name")
		values[fmt.Sprint(name)] = value
	}
	return values
}

func (t *trial) change(body string) request {
	return t.admin(http.MethodPatch, t.provisioning("configuration"), body)
}

func valueOf(configuration map[string]any, name string) string {
	value, _ := examination.Find(configuration[name], "value")
	return fmt.Sprint(value)
}

func setting(name, value string) string {
	return fmt.Sprintf(`{"name":%s,"value":%s}`, examination.Quote(name), examination.Quote(value))
}

// restore puts a value back when the case has ended, however it ends.
func (t *trial) restore(name string) func() {
	value := valueOf(t.configuration(), name)
	return func() {
		if _, err := t.try(t.change(setting(name, value))); err != nil {
			t.Record("the configuration is put back", "so", err.Error(), false)
		}
	}
}

func timezoneTolerance(t *trial) {
	defer t.restore("timezone.tolerant")()
	now := t.now()
	ranges := []struct {
		what       string
		start, end int64
		tolerated  bool
	}{
		{"begins in 11 hours", now + hours(11), permanent, true},
		{"begins in 13 hours", now + hours(13), permanent, false},
		{"ended 11 hours ago", start23, now - hours(11), true},
		{"ended 13 hours ago", start23, now - hours(13), false},
		{"is valid", start23, permanent, true},
	}
	for _, tolerant := range []bool{false, true, false} {
		t.expect(fmt.Sprintf("PATCH timezone.tolerant %t", tolerant), 200, t.change(setting("timezone.tolerant", fmt.Sprint(tolerant))))
		for _, r := range ranges {
			m := t.market(sold{quantity: "10", start: r.start, end: r.end})
			want := noUsable
			if r.what == "is valid" || tolerant && r.tolerated {
				want = granted
			}
			if want == noUsable {
				m.refusing("", photoPrint("0.1"), want)
			}
			for replica := range t.run.target.BaseURLs {
				a := t.do(m.oneOff(photoPrint("0.1")).on(replica + 1))
				t.Equal(fmt.Sprintf("tolerant %t: a line item that %s", tolerant, r.what), t.code(want), a.At("requestedItems.0.status.code"))
			}
		}
	}
}

func configuration(t *trial) {
	before := t.configuration()
	names := []string{"timezone.tolerant"}
	if !t.is10() {
		names = append(names, "session.charge.period")
	}
	for _, name := range names {
		t.Equal(name+" is listed", "true", fmt.Sprint(before[name] != nil))
		defer t.restore(name)()
	}
	t.configurationBooleans()
	if t.is10() {
		return
	}
	for _, good := range []string{"PT10M", "PT30M", "PT1H30M", "PT24H", "PT1H"} {
		t.expect("PATCH session.charge.period "+good, 200, t.change("["+setting("session.charge.period", good)+"]"))
		t.Equal("it is "+good, good, valueOf(t.configuration(), "session.charge.period"))
	}
	for _, bad := range []string{"PT9M", "PT25H", "PT90S", "PT1H30S", "PT24H1M", "P1D", "1h", "", "PT", "PT0H", "PT1.5H", "-PT1H", "PT10M "} {
		t.refused(fmt.Sprintf("PATCH session.charge.period %q", bad), 400, t.change(setting("session.charge.period", bad)))
		t.Equal("it is PT1H still", "PT1H", valueOf(t.configuration(), "session.charge.period"))
	}
	t.refused("a good value beside a bad one", 400, t.change("["+setting("timezone.tolerant", "true")+","+setting("session.charge.period", "PT1S")+"]"))
	t.Equal("neither was changed", "false", valueOf(t.configuration(), "timezone.tolerant"))
}

func (t *trial) configurationBooleans() {
	for _, good := range []string{"true", "false"} {
		a := t.expect("PATCH timezone.tolerant "+good, 200, t.change(setting("timezone.tolerant", good)))
		t.Need(len(a.List("")) > 0, "the answer lists values")
		t.Equal("it is "+good, good, valueOf(t.configuration(), "timezone.tolerant"))
		changed := t.configuration()["timezone.tolerant"]
		by, found := examination.Find(changed, "updatedBy")
		if good == "true" {
			t.Equal("updatedBy is the key", t.run.target.Admin.KeyID, fmt.Sprint(by))
			modified, _ := examination.Find(changed, "modified")
			t.Equal("modified is a time", "13", fmt.Sprint(len(examination.Text(modified))))
		} else {
			t.Equal("back at its default it is not updatedBy anybody", "false", fmt.Sprint(found))
		}
	}
	for what, body := range inOrder(map[string]string{
		"a value that is no boolean":    setting("timezone.tolerant", "maybe"),
		"a value that is no text":       `{"name":"timezone.tolerant","value":true}`,
		"a name that does not exist":    setting("timezone.friendly", "true"),
		"no value":                      `{"name":"timezone.tolerant"}`,
		"no name":                       `{"value":"true"}`,
		"an unknown attribute":          `{"name":"timezone.tolerant","value":"true","x":1}`,
		"the same name twice":           "[" + setting("timezone.tolerant", "true") + "," + setting("timezone.tolerant", "false") + "]",
		"an empty list":                 "[]",
		"a text instead of a value":     `"timezone.tolerant"`,
		"a list with something else":    "[" + setting("timezone.tolerant", "true") + ",1]",
		"an empty body":                 "",
		"something after the value":     setting("timezone.tolerant", "true") + "x",
		"an attribute given twice":      `{"name":"timezone.tolerant","value":"false","value":"true"}`,
		"a value that only looks right": setting("timezone.tolerant", "TRUE "),
	}) {
		t.refused("PATCH "+what, 400, t.change(body))
		t.Equal("after "+what+" nothing has changed", "false", valueOf(t.configuration(), "timezone.tolerant"))
	}
	byClient := t.change(setting("timezone.tolerant", "true"))
	byClient.token = t.clientToken(uuid())
	t.refused("PATCH with a client token", 403, byClient)
	text := request{method: http.MethodPatch, path: t.provisioning("configuration"), token: t.adminToken(), body: setting("timezone.tolerant", "true"), header: map[string]string{"Content-Type": "text/plain"}}
	t.refused("PATCH as text/plain", 415, text)
	t.Equal("nothing has changed", "false", valueOf(t.configuration(), "timezone.tolerant"))
	t.keyedConfiguration()
}

func (t *trial) keyedConfiguration() {
	key := unique("key")
	set := t.change(setting("timezone.tolerant", "true"))
	first := t.expect("PATCH with a key", 200, set.keyed(key))
	t.expect("PATCH it back", 200, t.change(setting("timezone.tolerant", "false")))
	again := t.expect("PATCH with the key again", 200, set.keyed(key))
	t.Equal("it has the first answer", first.At(""), again.At(""))
	t.Equal("and no effect", "false", valueOf(t.configuration(), "timezone.tolerant"))
	t.refused("the key for another value", 422, t.change(strings.Replace(set.body, "true", "false", 1)).keyed(key))
}
