package namedusers

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

// generated sends what is valid, as drawn from the schema, about any license and by whoever may.
func (a *attacker) generated(t *testing.T, o *attack.Operation, _ *license) {
	for _, l := range a.kit {
		a.ask(t, a.usualRequest(o, l))
	}
	able := slices.DeleteFunc(slices.Clone(callers), func(c caller) bool { return c.rights > ofSoftware || c.rights == ofSoftware && !opensTo(o) })
	for range rounds {
		known := a.of(pick(a, a.kit), o, true)
		e := a.request(o, known)
		if o.Body() != nil {
			e.Message = e.JSON(attack.MustJSON(attack.Draw(o.Body(), known, a.Int())))
		}
		e.caller = pick(a, able)
		a.ask(t, e)
	}
}

// textsInBody puts hostile texts at every place of the body. What is not valid by the description is refused.
func (a *attacker) textsInBody(t *testing.T, o *attack.Operation, l *license) {
	if o.Body() == nil {
		return
	}
	known := a.of(l, o, false)
	places := attack.Mutations(o.Body(), a.sample(o, known))
	for _, place := range append(few(a, 10, places), few(a, 10, places)...) {
		a.wantByDescription(t, a.request(o, known), place.Put(pick(a, attack.Texts)), place.At)
	}
}

func (a *attacker) wantByDescription(t *testing.T, e *exchange, body []byte, at string) {
	t.Helper()
	valid := attack.Valid(e.operation.Body(), body) || len(body) == 0 && !e.operation.BodyRequired()
	e.Message = e.JSON(body)
	if a.ask(t, e); !valid && e.Status != 0 && !e.refused(http.StatusBadRequest, http.StatusRequestEntityTooLarge) {
		t.Errorf("at %s: it is not valid, and not refused as such\n%s", at, e)
	}
}

// objects lack attributes, and have more than anybody knows: those are ignored.
func (a *attacker) objects(t *testing.T, o *attack.Operation, l *license) {
	if o.Body() == nil {
		return
	}
	known := a.of(l, o, false)
	whole := a.sample(o, known)
	for _, place := range few(a, 5, attack.Mutations(o.Body(), whole)) {
		a.wantByDescription(t, a.request(o, known), place.Put([]byte(pick(a, []string{`{}`, `{"unknown":1}`, `[]`, `null`}))), place.At)
	}
	if object, is := whole.(map[string]any); is {
		for _, name := range few(a, 3, slices.Sorted(maps.Keys(object))) {
			less := maps.Clone(object)
			delete(less, name)
			a.wantByDescription(t, a.request(o, known), attack.MustJSON(less), "without "+name)
		}
	}
	variants := attack.WithUnknown(whole, "$")
	for _, at := range few(a, 2, slices.Sorted(maps.Keys(variants))) {
		body := variants[at]
		e := a.request(o, known)
		e.Message = e.JSON(attack.MustJSON(body))
		if a.ask(t, e); e.Status == http.StatusBadRequest {
			t.Errorf("unknown at %s\n%s", at, e)
		}
	}
}

// wholeBodies are none, or of another form, or for an operation that takes none.
func (a *attacker) wholeBodies(t *testing.T, o *attack.Operation, l *license) {
	known := a.of(l, o, false)
	send := func(change func(attack.Message) attack.Message) *exchange {
		e := a.request(o, known)
		e.Message = change(e.Message)
		a.ask(t, e)
		return e
	}
	if o.Body() == nil {
		for _, body := range []string{"{}", "no JSON", "\xff"} {
			usual := send(func(m attack.Message) attack.Message { return m })
			e := send(func(m attack.Message) attack.Message { m.Body = []byte(body); return m })
			if e.Status == http.StatusBadRequest && usual.Status != http.StatusBadRequest {
				t.Errorf("the body is looked at\n%s", e)
			}
		}
		return
	}
	body := attack.MustJSON(a.sample(o, known))
	bad := attack.NoBodies(attack.Message{}, body, maxBody)
	for _, name := range few(a, 5, slices.Sorted(maps.Keys(bad))) {
		test := bad[name]
		e := send(func(m attack.Message) attack.Message {
			test.Method, test.Target = m.Method, m.Target
			return test.Message
		})
		if e.Status != test.Want {
			t.Errorf("%s: want %d\n%s", name, test.Want, e)
		}
	}
	none := send(func(m attack.Message) attack.Message { return m })
	if o.BodyRequired() && none.Status != http.StatusBadRequest {
		t.Errorf("want 400\n%s", none)
	}
	announced := send(func(m attack.Message) attack.Message { m.Announced = 100_000_000; return m.JSON(nil) })
	if announced.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("want 413\n%s", announced)
	}
	for _, unusual := range few(a, 2, []func(attack.Message) attack.Message{
		func(m attack.Message) attack.Message { return m.JSON(body).InChunks() },
		func(m attack.Message) attack.Message { return m.JSON(attack.Blown(body, maxBody)) },
		func(m attack.Message) attack.Message { return m.JSON(attack.Escaped(body)) },
		func(m attack.Message) attack.Message { return m.JSON(body).With("Content-Encoding: identity") },
	}) {
		if e := send(unusual); e.refused(http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType) {
			t.Errorf("it is right, and was refused\n%s", e)
		}
	}
}
