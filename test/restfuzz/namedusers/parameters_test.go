package namedusers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

// everyCaller sends the usual request. See examineRights for what is wanted.
func (a *attacker) everyCaller(t *testing.T, o *attack.Operation, l *license) {
	for _, caller := range append(few(a, 7, callers), caller{name: "nobody", rights: unknown}) {
		e := a.usualRequest(o, l)
		e.caller = caller
		a.ask(t, e)
	}
}

// everyNonce asks for signatures, by somebody who is let in and by somebody who is not.
func (a *attacker) everyNonce(t *testing.T, o *attack.Operation, l *license) {
	for _, nonce := range append(few(a, 3, nonces), nonces[len(nonces)-1]) {
		e := a.usualRequest(o, l)
		e.Message, e.nonce, e.badNonce = e.With(nonce.lines...), nonce.bytes, nonce.bad
		if a.IntN(3) == 0 {
			e.caller = caller{name: "nobody", rights: unknown}
		}
		if a.ask(t, e); nonce.bad && e.Status != http.StatusBadRequest {
			t.Errorf("want 400\n%s", e)
		}
	}
}

// parameters are hostile. What stands for an id and is no UUID is refused as such.
func (a *attacker) parameters(t *testing.T, o *attack.Operation, l *license) {
	for _, parameter := range o.Parameters {
		if parameter.In == "header" {
			continue
		}
		for _, text := range few(a, 3, attack.Parameters) {
			e := a.usualRequest(o, l)
			inPath := parameter.In == "path"
			if inPath {
				e.Target = a.with(o, l, parameter.Name, text)
			} else {
				e.Target += "?" + parameter.Name + "=" + url.QueryEscape(text)
			}
			switch {
			case text == "" || strings.Contains(text, "/") && parameter.Name == "user_id":
				continue // it is the path of another operation
			case parameter.Name == "isv_id":
				e.operation, e.unsigned = nil, true
			case inPath && broken(text):
				e.operation = nil
			}
			_, err := uuid.Parse(text)
			if a.ask(t, e); inPath && parameter.Schema.Value.Format == "uuid" && e.Status != 0 && (err != nil || len(text) != 36) && !e.refused(http.StatusBadRequest, http.StatusNotFound) {
				t.Errorf("want 400 or 404: %s is no id\n%s", parameter.Name, e)
			}
		}
	}
	for _, query := range few(a, 2, []string{"unknown=1", "a=%zz", "a=1;b=2", "=1", strings.Repeat("a=1&", 2000), "date_from=x&date_from=y"}) {
		e := a.usualRequest(o, l)
		e.Target += "?" + query
		a.ask(t, e)
	}
}

// with is the path with a text in the place of one parameter.
func (a *attacker) with(o *attack.Operation, l *license, name, text string) string {
	path := o.Path
	if name == "isv_id" {
		path = strings.ReplaceAll(path, "{isv_id}", url.PathEscape(text))
	} else {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(text))
	}
	changed := *o
	changed.Path = path
	return a.request(&changed, a.of(l, o, false)).Target
}

// broken tells whether no path may have the text in it.
func broken(text string) bool {
	return text == "." || text == ".." || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl)
}

// headers are those that clients may send, with hostile texts.
func (a *attacker) headers(t *testing.T, o *attack.Operation, l *license) {
	names := []string{"LastModifiedBy", "Idempotency-Key", "X-Request-Id", "Accept", "Accept-Encoding", "If-Match", "X-Forwarded-For", "X-HTTP-Method-Override"}
	for _, name := range few(a, 3, names) {
		e := a.usualRequest(o, l)
		e.Message = e.With(name + ": " + pick(a, attack.Parameters))
		a.ask(t, e)
	}
}
