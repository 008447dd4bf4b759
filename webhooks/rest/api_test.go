package rest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"strconv"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/licensing-operator/licensing-operator/api/openapi"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/stub"
)

// constants are the values of a type's constants in a file, so that a new one cannot be forgotten here.
func constants(t *testing.T, file, typeName string) (values []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); ok && of.Name == typeName {
			for _, value := range spec.Values {
				unquoted, err := strconv.Unquote(value.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, unquoted)
			}
		}
		return true
	})
	if len(values) == 0 {
		t.Fatalf("%s has no constant of type %s", file, typeName)
	}
	return values
}

func TestEveryReasonHasAStatus(t *testing.T) {
	for _, reason := range constants(t, "../../internal/tenant/errors.go", "Reason") {
		status, found := statuses[tenant.Reason(reason)]
		if !found && tenant.Reason(reason) != tenant.SessionTerminated {
			t.Errorf("%s has no status", reason)
		}
		if found && (status < 400 || status > 503) {
			t.Errorf("%s has status %d", reason, status)
		}
	}
}

func TestEveryItemStatusHasItsCodes(t *testing.T) {
	seen := map[stub.ItemStatusCode]bool{}
	for _, status := range constants(t, "../../internal/licensing/pricing.go", "ItemStatus") {
		old := dialects[server.V10].itemStatus(licensing.ItemStatus(status))
		current := dialects[server.V11].itemStatus(licensing.ItemStatus(status))
		if old.Description == "" || len(old.Code) != 3 || current.Code != "1"+old.Code || !current.Code.Valid() || seen[current.Code] {
			t.Errorf("%s: got %v in v1.0 and %v in v1.1", status, old, current)
		}
		seen[current.Code] = true
	}
}

func TestOnlyDeniedItemsHaveADenial(t *testing.T) {
	for status, want := range map[licensing.ItemStatus]bool{
		licensing.ItemGranted: false, licensing.ItemNotCharged: false, licensing.ItemDeniedByRule: true, licensing.ItemInsufficientTokens: true,
	} {
		item := itemResult(dialects[server.V11], licensing.ItemResult{
			Item: licensing.RequestedItem{Name: "PhotoPrint", Count: licensing.One}, Status: status, Required: 3, Available: 2, Message: "why",
		})
		if got := item.Denial != nil; got != want {
			t.Errorf("%s: got a denial %t, want %t", status, got, want)
		}
		if amounts := item.Denial != nil && item.Denial.Required != nil; amounts != (status == licensing.ItemInsufficientTokens) {
			t.Errorf("%s: tells what is required: %t", status, amounts)
		}
	}
}

func TestASessionThatEndedIsAnsweredAsEachVersionDoes(t *testing.T) {
	if v10, v11 := dialects[server.V10].terminated, dialects[server.V11].terminated; v10 != http.StatusForbidden || v11 != http.StatusConflict {
		t.Errorf("got %d in v1.0 and %d in v1.1", v10, v11)
	}
}

func TestDigestsTellCallsApart(t *testing.T) {
	seen := map[string][]string{}
	for _, texts := range [][]string{{"a", "b"}, {"ab", ""}, {"", "ab"}, {"a"}, {"a", "b", ""}, {"1:a1:b"}, {"b", "a"}} {
		hash := hashOf(texts...)
		if other, found := seen[hash]; found {
			t.Errorf("%q and %q have the same digest", texts, other)
		}
		seen[hash] = texts
	}
}

// Whatever changes something is remembered: as a record, in the account, or by the object that it creates.
func TestEveryStateChangingCallIsRememberedSomewhere(t *testing.T) {
	elsewhere := map[string]bool{
		"requestAccess": true, "requestSessionAccess": true, "closeSession": true, "createInstance": true, "createSession": true,
	}
	document, err := openapi3.NewLoader().LoadFromData(openapi.V11())
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			if method == http.MethodGet {
				continue
			}
			found++
			if recorded[operation.OperationID] == elsewhere[operation.OperationID] {
				t.Errorf("%s %s: %s is remembered in two places or in none", method, path, operation.OperationID)
			}
		}
	}
	if want := len(recorded) + len(elsewhere); found != want {
		t.Errorf("%d calls change something, %d are remembered", found, want)
	}
}
