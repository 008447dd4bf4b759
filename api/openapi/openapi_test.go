package openapi_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/api/openapi"
)

func load(t *testing.T, text []byte) *openapi3.T {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func documents(t *testing.T) map[string]*openapi3.T {
	t.Helper()
	return map[string]*openapi3.T{"1.0": load(t, openapi.V10()), "1.1": load(t, openapi.V11())}
}

// operations are the operations of a document, by operationId.
func operations(t *testing.T, document *openapi3.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			if other, ok := found[operation.OperationID]; ok {
				t.Errorf("%s is the operationId of %s and of %s %s", operation.OperationID, other, method, path)
			}
			found[operation.OperationID] = method + " " + path
		}
	}
	return found
}

func TestAllDocumentsAreValidWithTheirExamples(t *testing.T) {
	all := documents(t)
	all["2"], all["1"] = load(t, openapi.V2()), load(t, openapi.Usage())
	for version, document := range all {
		if err := document.Validate(t.Context(), openapi3.EnableExamplesValidation()); err != nil {
			t.Errorf("version %s: %v", version, err)
		}
		if document.Info.Version != version {
			t.Errorf("the document of version %s calls itself %s", version, document.Info.Version)
		}
	}
}

func TestEveryOperationHasItsTwinInTheOtherVersion(t *testing.T) {
	versions := documents(t)
	former, current := operations(t, versions["1.0"]), operations(t, versions["1.1"])
	if len(current) != 34 {
		t.Errorf("there are %d operations, want 34", len(current))
	}
	for id, operation := range former {
		former[id] = strings.Replace(operation, "/v1.0/", "/v1.1/", 1)
	}
	if diff := cmp.Diff(current, former); diff != "" {
		t.Errorf("version 1.1 and version 1.0 differ (-1.1 +1.0):\n%s", diff)
	}
}

func TestEveryPathNamesItsVersion(t *testing.T) {
	for version, document := range documents(t) {
		for path := range document.Paths.Map() {
			if !strings.Contains(path, "/api/v"+version+"/") {
				t.Errorf("version %s has the path %s", version, path)
			}
		}
	}
}

func TestEveryRequestBodyRefusesWhatItDoesNotKnow(t *testing.T) {
	for version, document := range documents(t) {
		for path, item := range document.Paths.Map() {
			for method, operation := range item.Operations() {
				if operation.RequestBody == nil {
					continue
				}
				where := fmt.Sprintf("%s %s %s", version, method, path)
				if !operation.RequestBody.Value.Required {
					t.Errorf("%s: the body is not required", where)
				}
				strict(t, where, operation.RequestBody.Value.Content.Get("application/json").Schema.Value)
			}
		}
	}
}

// strict checks that objects are closed, and that texts, lists and numbers have bounds.
func strict(t *testing.T, where string, schema *openapi3.Schema) {
	t.Helper()
	for _, part := range slices.Concat(schema.OneOf, schema.AnyOf) {
		strict(t, where, part.Value)
	}
	switch {
	case schema.Type.Is("array"):
		if schema.MaxItems == nil {
			t.Errorf("%s: a list without maxItems", where)
		}
		strict(t, where+"[]", schema.Items.Value)
	case schema.Type.Is("string"):
		if schema.MaxLength == nil && schema.Enum == nil && schema.Format != "uuid" {
			t.Errorf("%s: a text without maxLength", where)
		}
	case schema.Type.Is("object"):
		if extra := schema.AdditionalProperties; extra.Schema != nil {
			if schema.MaxProps == nil {
				t.Errorf("%s: a map without maxProperties", where)
			}
			strict(t, where+".*", extra.Schema.Value)
		} else if !strings.HasSuffix(where, ".metaData") && (extra.Has == nil || *extra.Has) {
			t.Errorf("%s: an object that takes unknown attributes", where)
		}
		for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
			strict(t, where+"."+name, schema.Properties[name].Value)
		}
	}
}

func TestEveryOperationCanBeRefusedInAllTheUsualWays(t *testing.T) {
	usual := []string{"401", "403", "404", "429", "500", "503"}
	withKey := []string{"400", "422"}
	withBody := []string{"413", "415"}
	for version, document := range documents(t) {
		for path, item := range document.Paths.Map() {
			for method, operation := range item.Operations() {
				want := slices.Clone(usual)
				if method != "GET" {
					want = append(want, withKey...)
					if operation.Parameters.GetByInAndName("header", "Idempotency-Key") == nil {
						t.Errorf("%s %s %s: no Idempotency-Key", version, method, path)
					}
				}
				if operation.RequestBody != nil {
					want = append(want, withBody...)
				}
				for _, status := range want {
					if operation.Responses.Value(status) == nil {
						t.Errorf("%s %s %s: no %s", version, method, path, status)
					}
				}
				for status, response := range operation.Responses.Map() {
					if response.Value.Headers["X-Request-Id"] == nil {
						t.Errorf("%s %s %s: %s has no X-Request-Id", version, method, path, status)
					}
				}
			}
		}
	}
}

func TestDocumentsSayNothingAboutGo(t *testing.T) {
	goOnly := regexp.MustCompile(`x-go-[a-z-]+|x-enum-varnames`)
	for version, text := range map[string][]byte{"1.0": openapi.V10(), "1.1": openapi.V11(), "2": openapi.V2(), "1": openapi.Usage()} {
		if found := goOnly.Find(text); found != nil {
			t.Errorf("version %s has %s", version, found)
		}
	}
}
