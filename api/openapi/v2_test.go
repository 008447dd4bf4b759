package openapi_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/api/openapi"
)

// v2Operations calls back with every operation of version 2.
func v2Operations(t *testing.T, check func(where string, method string, operation *openapi3.Operation)) {
	t.Helper()
	for path, item := range load(t, openapi.V2()).Paths.Map() {
		for method, operation := range item.Operations() {
			check(method+" "+path, method, operation)
		}
	}
}

// The calls that published clients make, in the words of these clients' contract.
func TestVersion2HasThePublishedCalls(t *testing.T) {
	const want = `
DELETE /licenses/{license_id}
DELETE /licenses/{license_id}/usergroups/{user_group_id}
DELETE /licenses/{license_id}/users/{user_id}
DELETE /products/{product_id}/limitations/{limitation_id}
DELETE /templates/{template_id}
GET /licenses
GET /licenses/{license_id}
GET /licenses/{license_id}/consumption/balance
GET /licenses/{license_id}/consumption/heartbeats
GET /licenses/{license_id}/opensessions
GET /licenses/{license_id}/usergroups
GET /licenses/{license_id}/users
GET /products/{product_id}/limitations
GET /products/{product_id}/limitations/{limitation_id}
GET /provisioning/licenses/{license_id}/tokens/floating/active/count
GET /templates
GET /templates/{template_id}
PATCH /licenses
PATCH /licenses/{license_id}
PATCH /licenses/{license_id}/toggle
PATCH /licenses/{license_id}/usergroups
PATCH /licenses/{license_id}/users
PATCH /templates
PATCH /templates/{template_id}
POST /data_gathering/consumption_heartbeats
POST /data_gathering/consumption_heartbeats/rollback
POST /licenses
POST /licenses/{license_id}/opensessions/close
POST /licenses/{license_id}/usergroups
POST /licenses/{license_id}/users
POST /licenses/{license_id}/users/bulk-delete
POST /products/{product_id}/limitations
POST /provisioning/activations
POST /provisioning/heartbeats
POST /provisioning/licenses/by_customer
POST /provisioning/licenses/by_license
POST /provisioning/licenses/by_user
POST /provisioning/licenses/state/toggle
POST /provisioning/session/close
POST /provisioning/session/open
POST /provisioning/unassign
POST /provisioning/validate
POST /provisioning/validate/consumption
POST /templates
POST /templates/{template_id}/clone
PUT /administration/consumptionbalance
PUT /administration/deleteinactivesessions
PUT /administration/validatelicensesexpirationdate
PUT /licenses/{license_id}/consumption/balance/limitations/{limitation_id}/recalculate
PUT /licenses/{license_id}/consumption/balance/limitations/{limitation_id}/reset
PUT /products/{product_id}/limitations
PUT /products/{product_id}/limitations/{limitation_id}
`
	var got []string
	for _, operation := range operations(t, load(t, openapi.V2())) {
		got = append(got, strings.Replace(operation, "/api/v2/isv/{isv_id}", "", 1))
	}
	slices.Sort(got)
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(want), "\n"), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A provisioning key is shipped with software, where anybody can find it.
func TestProvisioningKeysAreGoodForTheCallsOfSoftwareOnly(t *testing.T) {
	alsoOpen := []string{"getLicense", "getConsumptionBalance"}
	v2Operations(t, func(where, _ string, operation *openapi3.Operation) {
		want := strings.Contains(where, "/isv/{isv_id}/provisioning/") || strings.Contains(where, "/data_gathering/") ||
			slices.Contains(alsoOpen, operation.OperationID)
		got := false
		if operation.Security != nil {
			for _, requirement := range *operation.Security {
				_, found := requirement["ProvisioningKey"]
				got = got || found
			}
		}
		if got != want {
			t.Errorf("%s: a ProvisioningKey is good for it: %t, want %t", where, got, want)
		}
	})
}

func TestEveryOperationOfVersion2CanBeRefusedInAllTheUsualWays(t *testing.T) {
	v2Operations(t, func(where, _ string, operation *openapi3.Operation) {
		for _, status := range []string{"400", "401", "403", "404", "409", "429", "500", "503"} {
			response := operation.Responses.Value(status)
			if response == nil {
				t.Errorf("%s: no %s", where, status)
				continue
			}
			want := "#/components/schemas/ProblemDetails"
			if status == "409" {
				want = "#/components/schemas/BaseErrorResponse"
			}
			if got := response.Value.Content.Get("application/json").Schema.Ref; got != want {
				t.Errorf("%s: %s has the body %s, want %s", where, status, got, want)
			}
		}
	})
}

// Clients tell null from a value, and most take an attribute that is not there for a mistake.
func TestAnswersOfVersion2AlwaysHaveAllTheirAttributes(t *testing.T) {
	v2Operations(t, func(where, _ string, operation *openapi3.Operation) {
		for status, response := range operation.Responses.Map() {
			if media := response.Value.Content.Get("application/json"); media != nil {
				complete(t, where+" "+status, media.Schema.Value)
			}
		}
	})
}

func complete(t *testing.T, where string, schema *openapi3.Schema) {
	t.Helper()
	for _, part := range schema.AllOf {
		complete(t, where, part.Value)
	}
	if schema.Items != nil {
		complete(t, where+"[]", schema.Items.Value)
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		if !slices.Contains(schema.Required, name) {
			t.Errorf("%s: %s may be left out", where, name)
		}
		complete(t, where+"."+name, schema.Properties[name].Value)
	}
}

func TestRequestsOfVersion2MayHaveMoreThanIsKnown(t *testing.T) {
	v2Operations(t, func(where, _ string, operation *openapi3.Operation) {
		if operation.RequestBody != nil {
			open(t, where, operation.RequestBody.Value.Content.Get("application/json").Schema.Value)
		}
	})
}

func open(t *testing.T, where string, schema *openapi3.Schema) {
	t.Helper()
	if has := schema.AdditionalProperties.Has; has != nil && !*has {
		t.Errorf("%s: an object that refuses unknown attributes", where)
	}
	for _, part := range schema.AllOf {
		open(t, where, part.Value)
	}
	if schema.Items != nil {
		open(t, where+"[]", schema.Items.Value)
	}
	for name, property := range schema.Properties {
		open(t, where+"."+name, property.Value)
	}
}

// What was answered can be sent back: no attribute of an answer is refused in the request that changes the same thing.
func TestWhatVersion2AnswersCanBeSentBack(t *testing.T) {
	schemas := load(t, openapi.V2()).Components.Schemas
	for answer, request := range map[string]string{
		"LicenseDto": "LicenseRequest", "LicenseLimitationDto": "LicenseLimitationRequest", "LicenseUserDto": "LicenseUserRequest",
		"LicenseUserGroupDto": "LicenseUserGroupRequest", "TemplateDto": "TemplateRequest",
		"TemplateLimitationDto": "TemplateLimitationRequest", "LimitationDto": "LimitationRequest",
	} {
		for name, taken := range schemas[request].Value.Properties {
			given := schemas[answer].Value.Properties[name]
			if given == nil {
				t.Errorf("%s takes %s, which %s does not have", request, name, answer)
				continue
			}
			if given.Value.Nullable && !taken.Value.Nullable {
				t.Errorf("%s.%s may be null, in %s it may not", answer, name, request)
			}
			if diff := cmp.Diff(typeOf(given.Value), typeOf(taken.Value)); diff != "" {
				t.Errorf("%s.%s is of another type in %s: (-answer +request)\n%s", answer, name, request, diff)
			}
		}
	}
}

// typeOf is the type of a schema, or that of what it is composed of.
func typeOf(schema *openapi3.Schema) []string {
	if len(schema.AllOf) > 0 {
		return schema.AllOf[0].Value.Type.Slice()
	}
	return schema.Type.Slice()
}

// What ends in objects and records has a bound: the bound of the kinds.
func TestIdsThatAreKeptAreBounded(t *testing.T) {
	schemas := load(t, openapi.V2()).Components.Schemas
	for schema, properties := range map[string][]string{
		"ConsumptionHeartbeatValueDto": {"user_id", "external_id"}, "FullConsumptionHeartbeatDto": {"client_id"},
		"SessionRequestDto": {"user_id", "client_id"}, "LicenseUserRequest": {"user_id"},
		"ActivateClientDto": {"client_id"}, "AddHeartbeatDto": {"client_id"},
	} {
		for _, property := range properties {
			if most := schemas[schema].Value.Properties[property].Value.MaxLength; most == nil || *most != 256 {
				t.Errorf("%s.%s has no bound of 256 characters", schema, property)
			}
		}
	}
}
