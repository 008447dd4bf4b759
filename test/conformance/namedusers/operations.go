package namedusers

import (
	"net/http"
	"strings"
)

// area says whose keys an operation takes.
type area int

const (
	forSoftware area = iota // both kinds of keys
	forBackOffice
)

// operation is one of the API.
type operation struct {
	method, path string
	area         area
	// answers is the DTO of a 200: a name, one in brackets for a list of them, text, int, or nothing.
	answers string
	// body is one that changes nothing, because what it names does not exist.
	body string
}

const (
	get    = http.MethodGet
	post   = http.MethodPost
	patch  = http.MethodPatch
	put    = http.MethodPut
	remove = http.MethodDelete
)

const (
	someUser    = `{"user_id":"x","name":"x","license_id":"{license_id}","is_active":true}`
	someLicense = `{"id":"{license_id}","customer_id":"{uuid}","product_id":"{uuid}","template_id":"{uuid}","token_limit":1}`
	someGroup   = `{"id":"{uuid}","name":"x","user_limit":1}`
	someEdition = `{"id":"{template_id}","product_id":"{uuid}","name":"x","token_limit":1,"provisioning_mode":0,"client_type":1}`
)

// operations are all of the API, in the order of the contract.
var operations = []operation{
	{post, "/provisioning/licenses/by_user", forSoftware, "[LicenseDto]", `{"product_id":"{uuid}","user_id":"x"}`},
	{post, "/data_gathering/consumption_heartbeats", forSoftware, "[ConsumptionDto]", `{"client_id":"x","consumption_heartbeat":[{"limitation_id":"{uuid}","value":1}]}`},
	{post, "/data_gathering/consumption_heartbeats/rollback", forSoftware, "ConsumptionDto", `{"limitation_id":"{uuid}","transaction_id":"{uuid}"}`},
	{post, "/provisioning/validate/consumption", forSoftware, "ConsumptionDto", `{"license_id":"{uuid}","limitation_id":"{uuid}"}`},
	{get, "/licenses/{license_id}/consumption/balance", forSoftware, "[ConsumptionBalanceDto]", ""},
	{get, "/licenses/{license_id}/consumption/heartbeats", forBackOffice, "ConsumptionHeartbeatLazyLoadDto", ""},
	{put, "/licenses/{license_id}/consumption/balance/limitations/{limitation_id}/reset", forBackOffice, "", ""},
	{put, "/licenses/{license_id}/consumption/balance/limitations/{limitation_id}/recalculate", forBackOffice, "", ""},
	{get, "/licenses/{license_id}/users", forBackOffice, "[LicenseUserDto]", ""},
	{post, "/licenses/{license_id}/users", forBackOffice, "LicenseUserDto", someUser},
	{patch, "/licenses/{license_id}/users", forBackOffice, "LicenseUserDto", someUser},
	{remove, "/licenses/{license_id}/users/{user_id}", forBackOffice, "LicenseUserDto", ""},
	{post, "/licenses/{license_id}/users/bulk-delete", forBackOffice, "[BulkDeleteUserResultDto]", `["x"]`},
	{get, "/licenses/{license_id}/usergroups", forBackOffice, "[LicenseUserGroupDto]", ""},
	{post, "/licenses/{license_id}/usergroups", forBackOffice, "LicenseUserGroupDto", someGroup},
	{patch, "/licenses/{license_id}/usergroups", forBackOffice, "LicenseUserGroupDto", someGroup},
	{remove, "/licenses/{license_id}/usergroups/{user_group_id}", forBackOffice, "LicenseUserGroupDto", ""},
	{post, "/provisioning/licenses/by_customer", forSoftware, "[LicenseDto]", `{"product_id":"{uuid}","customer_number":"x"}`},
	{post, "/provisioning/licenses/by_license", forSoftware, "[LicenseDto]", `{"product_id":"{uuid}","license_key":"{uuid}"}`},
	{post, "/provisioning/licenses/state/toggle", forSoftware, "LicenseStateDto", `{"product_id":"{uuid}","license_key":"{uuid}","is_active":true}`},
	{post, "/provisioning/validate", forSoftware, "LicenseInfoDto", `{"license_key":"{uuid}"}`},
	{post, "/provisioning/activations", forSoftware, "LicenseInfoDto", `{"product_id":"{uuid}","license_key":"{uuid}","client_id":"x"}`},
	{post, "/provisioning/heartbeats", forSoftware, "LicenseInfoDto", `{"product_id":"{uuid}","client_id":"x","software_version":"1","operating_system":"x"}`},
	{post, "/provisioning/unassign", forSoftware, "text", `{"token_key":"{uuid}"}`},
	{post, "/provisioning/session/open", forSoftware, "SessionStatusDto", `{"license_id":"{uuid}","client_id":"x","session_id":"{uuid}","user_id":"x"}`},
	{post, "/provisioning/session/close", forSoftware, "text", `{"license_id":"{uuid}","client_id":"x","session_id":"{uuid}","user_id":"x"}`},
	{get, "/provisioning/licenses/{license_id}/tokens/floating/active/count", forSoftware, "int", ""},
	{get, "/licenses/{license_id}/opensessions", forBackOffice, "[SessionDto]", ""},
	{post, "/licenses/{license_id}/opensessions/close", forBackOffice, "", `{"license_id":"{license_id}"}`},
	{get, "/licenses", forBackOffice, "[LicenseDto]", ""},
	{post, "/licenses", forBackOffice, "LicenseDto", someLicense},
	{patch, "/licenses", forBackOffice, "LicenseDto", someLicense},
	{get, "/licenses/{license_id}", forSoftware, "LicenseDto", ""},
	{patch, "/licenses/{license_id}", forBackOffice, "LicenseDto", someLicense},
	{remove, "/licenses/{license_id}", forBackOffice, "LicenseDto", ""},
	{patch, "/licenses/{license_id}/toggle", forBackOffice, "LicenseDto", `{"is_active":true}`},
	{get, "/templates", forBackOffice, "[TemplateDto]", ""},
	{post, "/templates", forBackOffice, "TemplateDto", someEdition},
	{patch, "/templates", forBackOffice, "TemplateDto", someEdition},
	{get, "/templates/{template_id}", forBackOffice, "TemplateDto", ""},
	{patch, "/templates/{template_id}", forBackOffice, "TemplateDto", someEdition},
	{remove, "/templates/{template_id}", forBackOffice, "TemplateDto", ""},
	{post, "/templates/{template_id}/clone", forBackOffice, "TemplateDto", `{"name":"x"}`},
	{get, "/products/{product_id}/limitations", forBackOffice, "[LimitationDto]", ""},
	{post, "/products/{product_id}/limitations", forBackOffice, "LimitationDto", `{"product_id":"{product_id}","name":"x"}`},
	{put, "/products/{product_id}/limitations", forBackOffice, "LimitationDto", `{"id":"{uuid}","product_id":"{product_id}","name":"x"}`},
	{get, "/products/{product_id}/limitations/{limitation_id}", forBackOffice, "LimitationDto", ""},
	{put, "/products/{product_id}/limitations/{limitation_id}", forBackOffice, "LimitationDto", `{"id":"{limitation_id}","product_id":"{product_id}","name":"x"}`},
	{remove, "/products/{product_id}/limitations/{limitation_id}", forBackOffice, "LimitationDto", ""},
	{put, "/administration/consumptionbalance", forBackOffice, "", ""},
	{put, "/administration/deleteinactivesessions", forBackOffice, "", ""},
	{put, "/administration/validatelicensesexpirationdate", forBackOffice, "", ""},
}

// answersOf is the DTO that the operation of a request answers.
func answersOf(method, path string) (dto string, known bool) {
	path, _, _ = strings.Cut(path, "?")
	path = strings.TrimSuffix(path, "/")
	steps := strings.Split(path, "/")
	for _, o := range operations {
		if o.method == method && matches(strings.Split(o.path, "/"), steps) {
			return o.answers, true
		}
	}
	return "", false
}

func matches(pattern, steps []string) bool {
	if len(pattern) != len(steps) {
		return false
	}
	for i, step := range pattern {
		if step != steps[i] && !strings.HasPrefix(step, "{") {
			return false
		}
	}
	return true
}

// request is one for the operation about what does not exist.
func (o operation) request() request {
	ids := []string{"{uuid}", uuid(), "{license_id}", uuid(), "{template_id}", uuid(), "{product_id}", uuid(), "{limitation_id}", uuid(), "{user_group_id}", uuid(), "{user_id}", "x"}
	replacer := strings.NewReplacer(ids...)
	return request{method: o.method, path: replacer.Replace(o.path), body: replacer.Replace(o.body)}
}
