package cel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// Client-side apply keeps a copy of the object in an annotation, which may hold 256 KiB.
const sizeBudget = 200 << 10

func definitions(t *testing.T) map[string]*apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(crdDirectory, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	crds := map[string]*apiextensionsv1.CustomResourceDefinition{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(content) >= sizeBudget {
			t.Errorf("%s has %d bytes, want less than %d", filepath.Base(file), len(content), sizeBudget)
		}
		crd := &apiextensionsv1.CustomResourceDefinition{}
		if err := yaml.UnmarshalStrict(content, crd); err != nil {
			t.Fatal(err)
		}
		crds[crd.Spec.Names.Kind] = crd
	}
	return crds
}

func TestKindsAreShownTheSameWay(t *testing.T) {
	type shown struct {
		Short, Categories []string
		Columns, Wide     []string
		Selectable        []string
	}
	licensing := []string{"licensing"}
	want := map[string]shown{
		"RateTable": {
			Short: []string{"lrt"}, Categories: licensing,
			Columns: []string{"Ready", "Series", "Version", "Effective", "LineItems", "Age"},
			Wide:    []string{"Effective-From", "Reason", "Status"},
		},
		"Instance": {
			Short: []string{"linst"}, Categories: licensing,
			Columns: []string{"Ready", "Account", "Available", "Used", "Active", "Age"},
			Wide:    []string{"Entitled", "Unlimited", "Idle", "Default", "Ledger", "ID", "Status"},
		},
		"LineItem": {
			Short: []string{"lli"}, Categories: licensing,
			Columns:    []string{"Ready", "Instance", "State", "Quantity", "Used", "Available", "Age"},
			Wide:       []string{"Unlimited", "Active", "End", "Series", "Rates", "Limitations", "Users", "Activation", "Status"},
			Selectable: []string{".spec.instanceRef.name", ".spec.activationID", ".spec.licenseID"},
		},
		"Session": {
			Short: []string{"lsess"}, Categories: licensing,
			Columns:    []string{"Ready", "Granted", "State", "Charged", "Next-Charge", "Heartbeat-By", "Age"},
			Wide:       []string{"Instance", "Requester", "Refunded", "Reason", "Status"},
			Selectable: []string{".spec.instanceRef.name", ".status.state"},
		},
		"UserProvisioning": {
			Short: []string{"lup"}, Categories: licensing,
			Columns:    []string{"Ready", "License", "User", "Active", "Granted", "Refused", "Age"},
			Wide:       []string{"Provisioned", "Status"},
			Selectable: []string{".spec.lineItemRef.name", ".spec.userID"},
		},
		"APIKey": {
			Short: []string{"lapi"}, Categories: licensing,
			Columns: []string{"Ready", "Type", "Disabled", "Age"},
			Wide:    []string{"Status"},
		},
		"Product": {
			Short: []string{"lpr"}, Categories: licensing,
			Columns: []string{"Ready", "Product", "ID", "Age"},
			Wide:    []string{"Status"},
		},
		"Edition": {
			Short: []string{"led"}, Categories: licensing,
			Columns:    []string{"Ready", "Edition", "Product", "Mode", "Clients", "Licenses", "Age"},
			Wide:       []string{"ID", "Status"},
			Selectable: []string{".spec.productRef.name"},
		},
		"Activation": {
			Short: []string{"lac"}, Categories: licensing,
			Columns:    []string{"Ready", "License", "Client", "Since"},
			Wide:       []string{"Token", "Status"},
			Selectable: []string{".spec.lineItemRef.name", ".spec.clientID"},
		},
		"AccessKey": {
			Short: []string{"lak"}, Categories: licensing,
			Columns: []string{"Ready", "Key", "Access", "Algorithm", "Age"},
			Wide:    []string{"Signatures", "Fingerprint", "Status"},
		},
		"TenantConfiguration": {
			Short: []string{"ltc"}, Categories: licensing,
			Columns: []string{"Ready", "Charge-Period", "Heartbeat-Window", "Timezone-Tolerant", "Age"},
			Wide:    []string{"Vendor-ID", "Status"},
		},
	}
	got := map[string]shown{}
	for kind, crd := range definitions(t) {
		s := shown{Short: crd.Spec.Names.ShortNames, Categories: crd.Spec.Names.Categories}
		version := crd.Spec.Versions[0]
		for _, column := range version.AdditionalPrinterColumns {
			if column.Description == "" {
				t.Errorf("%s: column %s has no description", kind, column.Name)
			}
			if column.Priority == 0 {
				s.Columns = append(s.Columns, column.Name)
			} else {
				s.Wide = append(s.Wide, column.Name)
			}
		}
		for _, field := range version.SelectableFields {
			s.Selectable = append(s.Selectable, field.JSONPath)
		}
		if version.Subresources == nil || version.Subresources.Status == nil {
			t.Errorf("%s: status is no subresource", kind)
		}
		got[kind] = s
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kinds are shown differently (-want +got):\n%s", diff)
	}
}

func TestEveryFieldIsDescribedAndBounded(t *testing.T) {
	for kind, crd := range definitions(t) {
		schema := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
		if schema.Description == "" {
			t.Errorf("%s has no description", kind)
		}
		for _, part := range []string{"spec", "status"} {
			property := schema.Properties[part]
			checkSchema(t, kind+"."+part, part, property)
		}
	}
}

func checkSchema(t *testing.T, path, name string, s apiextensionsv1.JSONSchemaProps) {
	t.Helper()
	// Kubernetes' own types are described in Kubernetes' own way.
	theirs := strings.Contains(path, ".conditions") || strings.Contains(path, ".selector")
	if s.Default != nil {
		t.Errorf("%s has a default: what is in effect belongs into the status", path)
	}
	if name != "" && !theirs && !strings.HasPrefix(s.Description, name+" ") {
		t.Errorf("%s: the description does not start with the field's name: %q", path, s.Description)
	}
	if !theirs {
		checkBounds(t, path, s)
	}
	for field, property := range s.Properties {
		checkSchema(t, path+"."+field, field, property)
	}
	if s.Items != nil && s.Items.Schema != nil {
		checkSchema(t, path+"[]", "", *s.Items.Schema)
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil && s.MaxProperties == nil && !theirs {
		t.Errorf("%s: the map has no maximum", path)
	}
}

func checkBounds(t *testing.T, path string, s apiextensionsv1.JSONSchemaProps) {
	t.Helper()
	switch {
	case s.Type == "array":
		if s.MaxItems == nil {
			t.Errorf("%s: the list has no maximum", path)
		}
		if s.XListType == nil {
			t.Errorf("%s: the list does not say how it is merged", path)
		}
	case s.Type == "string" && s.Format == "" && len(s.Enum) == 0 && s.MaxLength == nil:
		t.Errorf("%s: the string has no maximum", path)
	case s.XIntOrString && s.MaxLength == nil:
		t.Errorf("%s: the decimal has no maximum", path)
	case s.Type == "integer" && strings.Contains(path, ".spec.") && (s.Minimum == nil || s.Maximum == nil):
		t.Errorf("%s: the number has no bounds", path)
	}
	for _, rule := range s.XValidations {
		if !strings.Contains(rule.Message, " ") {
			t.Errorf("%s: the message of rule %q is no sentence", path, rule.Rule)
		}
	}
}
