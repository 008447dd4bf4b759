package restfuzz

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// hostile are texts to put where a value is expected. Many are no JSON.
var hostile = func() [][]byte {
	texts := []string{
		`null`, `true`, `""`, `" "`, `"x"`, `"0"`, `"1e400"`, `"NaN"`, `[]`, `{}`, `[null]`, `[[]]`, `{"a":1}`, `{"":""}`,
		`0`, `-0`, `-1`, `0.5`, `0.000001`, `0.0000001`, `1.0`, `1e2`, `1E+2`, `0.1e1`, `1e12`, `1000000000001`, `1e400`, `-1e400`, `1e-400`,
		`1e999999999`, `1e-999999999`, `9007199254740993`, `9223372036854775807`, `9223372036854775808`, `-9223372036854775809`,
		`253402300800000`, `999999999999.999999`, `1000000000000.000001`,
		`NaN`, `Infinity`, `01`, `0x1`, `.5`, `+1`, `1.`, `1e`, `--1`, `'x'`, `undefined`, `x`, ``, `,`, `}`, `"`, `"\x"`, `/**/1`,
		`"\u0000"`, `"\u0007\u001b[2J"`, `"\u202eevil"`, `"\ud83d\ude00"`, `"\ud800"`, `"\udc00\ud800"`, `"line\nline\r\n"`, "\"\t\"", "\"\x00\"", "\"\xff\xfe\"", "\xef\xbb\xbf1",
		`"<script>alert(1)</script>"`, `"../../etc/passwd"`, `"%00"`, `"${jndi:ldap://x}"`, `"'; drop table x; --"`, `"a/b"`, `"."`, `".."`, `"2e9b6d3c-0f0a-4b7e-9d53-2f4b6f0b7c21"`,
		`"{neighborSession}"`, `"{neighborCondition}"`, `"{foreignInstance}"`, `"{foreignLineItem}"`,
		`{"a":1,"a":2}`, `{"__proto__":{"a":1}}`, `{"unknown":"x"}`,
		strings.Repeat("9", 10_000), "0." + strings.Repeat("0", 10_000) + "1", "1e" + strings.Repeat("9", 5_000),
		`"` + strings.Repeat("a", 10_000) + `"`, `"` + strings.Repeat("\U0001f600", 257) + `"`, `"` + strings.Repeat("é", 128) + `"`,
		`[` + strings.Repeat(`null,`, 10_000) + `null]`, `[` + strings.Repeat(`{},`, 10_000) + `{}]`, `[` + strings.Repeat(`"a",`, 64) + `"a"]`,
		strings.Repeat(`[`, 31) + strings.Repeat(`]`, 31), strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 40),
		strings.Repeat(`[`, 30_000) + strings.Repeat(`]`, 30_000),
	}
	var many strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&many, `,"k%d":%d`, i, i)
	}
	all := make([][]byte, 0, len(texts)+1)
	for _, text := range append(texts, "{"+many.String()[1:]+"}") {
		all = append(all, []byte(text))
	}
	return all
}()

// TestHostileValuesEverywhere puts every hostile text at every place of every body. What is not valid by the description
// is refused.
func TestHostileValuesEverywhere(t *testing.T) {
	var w *world
	sent, accepted := 0, 0
	for turn, o := range withBody() {
		t.Run(o.String(), func(t *testing.T) {
			w = standing(t, w)
			for i, place := range mutations(o.body(), o.sampleBody()) {
				for j, text := range hostile {
					// The other places and the other version get the rest.
					if rounds <= defaultRounds && (i+j+turn)%10 != 0 {
						continue
					}
					m := w.fill(o.request().json(place.put(text)))
					e := w.ask(m)
					sent++
					switch {
					case e.status < http.StatusMultipleChoices:
						accepted++
						if !valid(o.body(), m.body) {
							t.Errorf("at %s: it is not valid, and not refused\n%s", place.at, e)
						}
					case !valid(o.body(), m.body) && e.status != http.StatusBadRequest && e.status != http.StatusRequestEntityTooLarge:
						t.Errorf("at %s: it is not valid, and refused for another reason\n%s", place.at, e)
					}
				}
			}
		})
	}
	t.Logf("%d requests, %d were granted", sent, accepted)
}

func withBody() []operation {
	return slices.DeleteFunc(slices.Clone(operations()), func(o operation) bool { return o.body() == nil })
}

// TestBodiesThatAreNone sends what is wrong with a body as a whole.
func TestBodiesThatAreNone(t *testing.T) {
	w := newWorld(t)
	for _, o := range withBody() {
		body := w.fill(message{body: mustJSON(o.sampleBody())}).body
		for name, test := range map[string]struct {
			message
			want int
		}{
			"none":                      {o.request(), 400},
			"none, but a type":          {o.request().json(nil), 400},
			"blanks":                    {o.request().json([]byte(" \r\n\t")), 400},
			"two values":                {o.request().json(slices.Concat(body, body)), 400},
			"a byte order mark":         {o.request().json(slices.Concat([]byte("\xef\xbb\xbf"), body)), 400},
			"UTF-16":                    {o.request().json(utf16(body)), 400},
			"half of it":                {o.request().json(body[:len(body)/2]), 400},
			"a NUL behind it":           {o.request().json(append(slices.Clone(body), 0)), 400},
			"another type":              {message{method: o.method, target: o.request().target, header: []string{"Authorization: Bearer {admin}", "Content-Type: text/plain"}, body: body}, 415},
			"no type":                   {message{method: o.method, target: o.request().target, header: []string{"Authorization: Bearer {admin}"}, body: body}, 415},
			"two types":                 {o.request().json(body).with("Content-Type: application/json"), 415},
			"another character set":     {message{method: o.method, target: o.request().target, header: []string{"Authorization: Bearer {admin}", "Content-Type: application/json; charset=utf-16"}, body: body}, 415},
			"an encoding":               {o.request().json(body).with("Content-Encoding: gzip"), 415},
			"two encodings":             {o.request().json(body).with("Content-Encoding: identity", "Content-Encoding: gzip"), 415},
			"too large":                 {o.request().json(blown(body, maxBody+1)), 413},
			"too large without telling": {chunked(o.request().json(blown(body, maxBody+1))), 413},
			"deep":                      {o.request().json([]byte(strings.Repeat("[", maxBody/2))), 400},
			"a name twice":              {o.request().json(doubled(body)), 400},
			"a form":                    {message{method: o.method, target: o.request().target, header: []string{"Authorization: Bearer {admin}", "Content-Type: application/x-www-form-urlencoded"}, body: []byte("a=b")}, 415},
		} {
			t.Run(o.String()+"/"+name, func(t *testing.T) {
				w.t = t
				if e := w.ask(test.message); e.status != test.want {
					t.Errorf("want %d\n%s", test.want, e)
				}
			})
		}
	}
}

// TestBodiesThatNobodyAskedFor sends one with every operation that takes none: some clients always do.
func TestBodiesThatNobodyAskedFor(t *testing.T) {
	w := newWorld(t)
	for _, o := range operations() {
		if o.body() != nil {
			continue
		}
		for _, body := range []string{"{}", "no JSON", "\xff", strings.Repeat("a", maxBody+1)} {
			m := o.request()
			m.body = []byte(body)
			for _, m := range []message{m, chunked(m), m.json(m.body), m.with("Content-Encoding: gzip")} {
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
			body := w.fill(message{body: mustJSON(o.sampleBody())}).body
			usual := w.ask(o.request().json(body))
			if usual.status >= 300 && usual.status != http.StatusConflict {
				t.Fatalf("the sample is refused\n%s", usual)
			}
			for name, m := range map[string]message{
				"chunked": chunked(o.request().json(body)), "as large as it may be": o.request().json(blown(body, maxBody)),
				"escaped": o.request().json(escaped(body)), "identity": o.request().json(body).with("Content-Encoding: identity"),
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
			for _, place := range mutations(o.body(), o.sampleBody()) {
				for _, text := range []string{`{"unknown":1}`, `{}`} {
					body := w.fill(message{body: place.put([]byte(text))}).body
					if e := w.ask(o.request().json(body)); !valid(o.body(), body) && e.status != http.StatusBadRequest {
						t.Errorf("%s at %s\n%s", text, place.at, e)
					}
				}
			}
			for at, body := range withUnknown(o.sampleBody(), "$") {
				if e := w.ask(o.request().json(mustJSON(body))); at != "$.metaData" && e.status != http.StatusBadRequest {
					t.Errorf("unknown at %s\n%s", at, e)
				}
			}
		})
	}
}

// withUnknown are the value's variants with one more attribute, by the place of the object that has it.
func withUnknown(value any, at string) map[string]any {
	variants := map[string]any{}
	switch value := value.(type) {
	case []any:
		for i, element := range value {
			for below, variant := range withUnknown(element, at+"[]") {
				list := slices.Clone(value)
				list[i] = variant
				variants[below] = list
			}
		}
	case map[string]any:
		for name, member := range value {
			if name == "metaData" || name == "dictionary" || name == "variables" {
				continue // they have names of the caller
			}
			for below, variant := range withUnknown(member, at+"."+name) {
				object := maps.Clone(value)
				object[name] = variant
				variants[below] = object
			}
		}
		object := maps.Clone(value)
		object["unknown"] = "x"
		variants[at] = object
	}
	return variants
}

func chunked(m message) message { m.chunked = true; return m }

// blown makes the body longer without another meaning.
func blown(body []byte, size int) []byte {
	return slices.Concat(body[:1], bytes.Repeat([]byte(" "), size-len(body)), body[1:])
}

// doubled repeats the first attribute of the first object.
func doubled(body []byte) []byte {
	at := bytes.IndexByte(body, '{') + 1
	end := at + bytes.IndexByte(body[at:], ':')
	return slices.Concat(body[:at], body[at:end], []byte(`:0,`), body[at:])
}

// escaped writes every letter of a name or text the long way.
func escaped(body []byte) []byte {
	var text bytes.Buffer
	quoted := false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '\\':
			text.Write(body[i : i+2])
			i++
		case c == '"':
			quoted = !quoted
			text.WriteByte(c)
		case quoted:
			fmt.Fprintf(&text, `\u%04x`, c)
		default:
			text.WriteByte(c)
		}
	}
	return text.Bytes()
}

func utf16(body []byte) []byte {
	text := []byte("\xff\xfe")
	for _, c := range body {
		text = append(text, c, 0)
	}
	return text
}
