package restfuzz

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

// TestHostileValuesEverywhere puts every hostile text at every place of every body. What is not valid by the description
// is refused.
func TestHostileValuesEverywhere(t *testing.T) {
	var w *world
	sent, accepted := 0, 0
	for turn, o := range withBody() {
		t.Run(o.String(), func(t *testing.T) {
			w = standing(t, w)
			for i, place := range attack.Mutations(o.Body(), o.sampleBody()) {
				for j, text := range attack.Texts {
					// The other places and the other version get the rest.
					if rounds <= defaultRounds && (i+j+turn)%10 != 0 {
						continue
					}
					m := w.fill(o.request().JSON(place.Put(text)))
					e := w.ask(m)
					sent++
					switch {
					case e.status < http.StatusMultipleChoices:
						accepted++
						if !attack.Valid(o.Body(), m.Body) {
							t.Errorf("at %s: it is not valid, and not refused\n%s", place.At, e)
						}
					case !attack.Valid(o.Body(), m.Body) && e.status != http.StatusBadRequest && e.status != http.StatusRequestEntityTooLarge:
						t.Errorf("at %s: it is not valid, and refused for another reason\n%s", place.At, e)
					}
				}
			}
		})
	}
	t.Logf("%d requests, %d were granted", sent, accepted)
}

func withBody() []operation {
	return slices.DeleteFunc(slices.Clone(operations()), func(o operation) bool { return o.Body() == nil })
}

// TestBodiesThatAreNone sends what is wrong with a body as a whole.
func TestBodiesThatAreNone(t *testing.T) {
	w := newWorld(t)
	for _, o := range withBody() {
		body := w.fill(attack.Message{Body: attack.MustJSON(o.sampleBody())}).Body
		bad := attack.NoBodies(o.request(), body, maxBody)
		bad["none"] = attack.Refused{Message: o.request(), Want: http.StatusBadRequest}
		bad["none, but a type"] = attack.Refused{Message: o.request().JSON(nil), Want: http.StatusBadRequest}
		for name, test := range bad {
			t.Run(o.String()+"/"+name, func(t *testing.T) {
				w.t = t
				if e := w.ask(test.Message); e.status != test.Want {
					t.Errorf("want %d\n%s", test.Want, e)
				}
			})
		}
	}
}

// TestBodiesThatNobodyAskedFor sends one with every operation that takes none: some clients always do.
func TestBodiesThatNobodyAskedFor(t *testing.T) {
	w := newWorld(t)
	for _, o := range operations() {
		if o.Body() != nil {
			continue
		}
		for _, body := range []string{"{}", "no JSON", "\xff", strings.Repeat("a", maxBody+1)} {
			m := o.request()
			m.Body = []byte(body)
			for _, m := range []attack.Message{m, m.InChunks(), m.JSON(m.Body), m.With("Content-Encoding: gzip")} {
				if e := w.ask(m); e.status >= 400 && e.status != http.StatusNotFound && e.status != http.StatusConflict {
					t.Errorf("the body is looked at\n%s", e)
				}
			}
		}
	}
}

// TestBodiesOfUnusualForm sends what is unusual and right.
func TestBodiesOfUnusualForm(t *testing.T) {
	var w *world
	for _, o := range withBody() {
		t.Run(o.String(), func(t *testing.T) {
			w = standing(t, w)
			body := w.fill(attack.Message{Body: attack.MustJSON(o.sampleBody())}).Body
			usual := w.ask(o.request().JSON(body))
			if usual.status >= 300 && usual.status != http.StatusConflict {
				t.Fatalf("the sample is refused\n%s", usual)
			}
			for name, m := range map[string]attack.Message{
				"chunked": o.request().JSON(body).InChunks(), "as large as it may be": o.request().JSON(attack.Blown(body, maxBody)),
				"escaped": o.request().JSON(attack.Escaped(body)), "identity": o.request().JSON(body).With("Content-Encoding: identity"),
			} {
				w = standing(t, w)
				if e := w.ask(m); e.status >= 300 && e.status != http.StatusConflict {
					t.Errorf("%s\n%s", name, e)
				}
			}
		})
	}
}

// TestObjectsMissAndHaveMore takes required attributes away and adds unknown ones, at every level.
func TestObjectsMissAndHaveMore(t *testing.T) {
	w := newWorld(t)
	for _, o := range withBody() {
		t.Run(o.String(), func(t *testing.T) {
			w.t = t
			for _, place := range attack.Mutations(o.Body(), o.sampleBody()) {
				for _, text := range []string{`{"unknown":1}`, `{}`} {
					body := w.fill(attack.Message{Body: place.Put([]byte(text))}).Body
					if e := w.ask(o.request().JSON(body)); !attack.Valid(o.Body(), body) && e.status != http.StatusBadRequest {
						t.Errorf("%s at %s\n%s", text, place.At, e)
					}
				}
			}
			for at, body := range attack.WithUnknown(o.sampleBody(), "$") {
				if e := w.ask(o.request().JSON(attack.MustJSON(body))); at != "$.metaData" && e.status != http.StatusBadRequest {
					t.Errorf("unknown at %s\n%s", at, e)
				}
			}
		})
	}
}
