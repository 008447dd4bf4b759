package namedusers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/licensing-operator/licensing-operator/api/openapi"
	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

// operations are those of version 2. It takes attributes that it does not know.
var operations = attack.Operations("v2", openapi.V2(), false)

// exchange is a request with what is known of it, and what was answered.
type exchange struct {
	attack.Message
	attack.Answer
	request *http.Request
	// operation is what the request is for; nil if it is for none.
	operation *attack.Operation
	caller    caller
	nonce     []byte
	badNonce  bool
	// unsigned is for a path that may be nobody's.
	unsigned bool
}

func (e *exchange) String() string {
	return fmt.Sprintf("--- %s, with %s=%d\n%s\n--- answer\n%d %v\n%.3000s", e.caller.name, seedVariable, seed, e.Message, e.Status, e.Answer.Header, e.Text)
}

// opensTo tells whether the operation takes the keys of software.
func opensTo(o *attack.Operation) bool {
	if o.Described.Security == nil {
		return false
	}
	return slices.ContainsFunc(*o.Described.Security, func(way openapi3.SecurityRequirement) bool { _, is := way["ProvisioningKey"]; return is })
}

// ask sends a request and examines the answer. It gives nil for what no handler ever sees.
func (a *attacker) ask(t *testing.T, e *exchange) *exchange {
	t.Helper()
	e.Message = e.With(e.caller.header...)
	request, err := e.Parse()
	if err != nil || slices.ContainsFunc(e.Message.Header, hasControls) {
		return nil
	}
	e.request = request
	answer, err := a.connection.send(e.Message)
	if err != nil {
		t.Errorf("%v\n%s", err, e)
		return nil
	}
	e.Answer = answer
	count(e)
	if wrong := e.examine(); len(wrong) > 0 {
		t.Errorf("%s\n%s", strings.Join(wrong, "\n"), e)
	}
	return e
}

func hasControls(line string) bool {
	return strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}
