package stub_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/api/openapi"
	"github.com/licensing-operator/licensing-operator/webhooks/restv2/stub"
)

// Published clients read null, and some fail on an attribute that is not there.
func TestWhatHasNoValueIsWrittenAsNull(t *testing.T) {
	document, err := openapi3.NewLoader().LoadFromData(openapi.V2())
	if err != nil {
		t.Fatal(err)
	}
	for name, empty := range map[string]any{
		"BaseErrorResponse": stub.BaseErrorResponse{}, "BulkDeleteUserResultDto": stub.BulkDeleteUserResultDto{},
		"ConsumptionBalanceDto": stub.ConsumptionBalanceDto{}, "ConsumptionDto": stub.ConsumptionDto{},
		"ConsumptionHeartbeatDto": stub.ConsumptionHeartbeatDto{}, "ConsumptionHeartbeatLazyLoadDto": stub.ConsumptionHeartbeatLazyLoadDto{},
		"LicenseDto": stub.LicenseDto{}, "LicenseInfoDto": stub.LicenseInfoDto{}, "LicenseLimitationDto": stub.LicenseLimitationDto{},
		"LicenseStateDto": stub.LicenseStateDto{}, "LicenseUserDto": stub.LicenseUserDto{}, "LicenseUserGroupDto": stub.LicenseUserGroupDto{},
		"LimitationDto": stub.LimitationDto{}, "ProvisioningLimitationDto": stub.ProvisioningLimitationDto{},
		"SessionDto": stub.SessionDto{}, "SessionStatusDto": stub.SessionStatusDto{},
		"TemplateDto": stub.TemplateDto{}, "TemplateLimitationDto": stub.TemplateLimitationDto{},
	} {
		text, err := json.Marshal(empty)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		want := slices.Sorted(maps.Keys(document.Components.Schemas[name].Value.Properties))
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got))); diff != "" {
			t.Errorf("%s: (-contract +written)\n%s", name, diff)
		}
		for attribute, property := range document.Components.Schemas[name].Value.Properties {
			if isNull := got[attribute] == nil; isNull != property.Value.Nullable {
				t.Errorf("%s.%s: without a value it is %v; it may be null: %t", name, attribute, got[attribute], property.Value.Nullable)
			}
		}
	}
}
