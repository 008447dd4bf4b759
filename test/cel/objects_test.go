package cel

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// Valid objects of each kind, which the cases edit. They are YAML and not Go values so that they hold what users write,
// not what Go would make of it.
const (
	rateTable = `
kind: RateTable
spec:
  series: PublicationApps
  version: "1"
  effectiveFrom: "2023-11-01T14:44:12Z"
  items:
  - {name: PhotoPrint, version: "1.0", rate: 3}
  - {name: SignPrint, version: "1.0", rate: "4.25"}
  - {name: CADPrint, formula: "basePrice * quantity"}
`
	instance = `
kind: Instance
spec:
  accountID: ACME
  shortName: acme-def-inst
`
	lineItem = `
kind: LineItem
spec:
  instanceRef: {name: acme-def-inst}
  state: DEPLOYED
  quantity: 1000
  start: "2023-09-27T00:00:00Z"
  end: "2026-09-26T00:00:00Z"
  elastic: true
  rateTableSeries: PublicationApps
`
	license = `
kind: LineItem
spec:
  instanceRef: {name: acme-def-inst}
  state: DEPLOYED
  quantity: 1
  start: "2023-09-27T00:00:00Z"
  end: "9999-12-31T23:59:59.999Z"
  elastic: false
  userLimit: 3
  limitations:
  - {id: api, name: API Functionality, limit: 3, userProvisioning: true, resetMode: Never}
  - {id: backup, name: Cloud Backup Functionality, limit: 2, userProvisioning: true, resetMode: Never}
`
	session = `
kind: Session
spec:
  instanceRef: {name: acme-def-inst}
  requester: {type: user, value: LisaBarry}
  requestedItems:
  - {item: PhotoPrint, version: "1.0", count: 10}
  - {item: CADPrint, version: "2.0", count: "2.5"}
`
	userProvisioning = `
kind: UserProvisioning
spec:
  lineItemRef: {name: acme-named-users}
  userID: lisa.barry@acme.example
  active: true
  limitations: [api, backup]
`
	product = `
kind: Product
spec:
  displayName: Publication Suite
  limitations:
  - {id: api, name: API Functionality}
  - {id: backup, name: Cloud Backup Functionality}
`
	edition = `
kind: Edition
spec:
  productRef: {name: publication-suite}
  displayName: Team
  provisioningMode: Named
  clientType: Users
  limitations:
  - {id: api, limit: 3, userProvisioning: true, resetMode: Never}
`
	floatingEdition = `
kind: Edition
spec:
  productRef: {name: publication-suite}
  displayName: Shift
  provisioningMode: Floating
  clientType: Devices
  floating: {limit: 10}
`
	editionLicense = `
kind: LineItem
spec:
  instanceRef: {name: acme-def-inst}
  state: DEPLOYED
  start: "2023-09-27T00:00:00Z"
  end: "9999-12-31T23:59:59.999Z"
  elastic: false
  editionRef: {name: publication-suite-team}
`
	activation = `
kind: Activation
spec:
  lineItemRef: {name: acme-named-users}
  clientID: laptop-4711
`
	accessKey = `
kind: AccessKey
spec:
  keyID: acme-2026
  access: Client
  publicKey: |
    -----BEGIN PUBLIC KEY-----
    MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
    -----END PUBLIC KEY-----
`
	tenantConfiguration = `
kind: TenantConfiguration
metadata: {name: default}
spec:
  timezoneTolerant: true
  sessionChargePeriod: 1h30m
`
)

var serial atomic.Int64

// object returns the object that text describes, with edits made to it, under a name that no other has unless the text has one.
func object(t *testing.T, text string, edits ...edit) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &o.Object); err != nil {
		t.Fatal(err)
	}
	o.SetAPIVersion("licensing-operator.dev/v1alpha1")
	o.SetNamespace(namespace)
	if o.GetName() == "" {
		o.SetName(fmt.Sprintf("%s-%d", strings.ToLower(o.GetKind()), serial.Add(1)))
	}
	for _, e := range edits {
		e(t, o)
	}
	return o
}

type edit func(*testing.T, *unstructured.Unstructured)

// set gives the field at path, such as spec.items.0.rate, the value that is written in YAML.
func set(path, text string) edit {
	return func(t *testing.T, o *unstructured.Unstructured) {
		t.Helper()
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		parent, last := walk(t, o, path)
		switch parent := parent.(type) {
		case map[string]any:
			parent[last] = value
		case []any:
			parent[index(t, last)] = value
		}
	}
}

// unset takes away the field at path.
func unset(path string) edit {
	return func(t *testing.T, o *unstructured.Unstructured) {
		t.Helper()
		parent, last := walk(t, o, path)
		delete(parent.(map[string]any), last)
	}
}

func walk(t *testing.T, o *unstructured.Unstructured, path string) (parent any, last string) {
	t.Helper()
	steps := strings.Split(path, ".")
	parent = o.Object
	for _, step := range steps[:len(steps)-1] {
		switch p := parent.(type) {
		case map[string]any:
			if p[step] == nil {
				p[step] = map[string]any{}
			}
			parent = p[step]
		case []any:
			parent = p[index(t, step)]
		}
	}
	return parent, steps[len(steps)-1]
}

func index(t *testing.T, step string) int {
	t.Helper()
	i, err := strconv.Atoi(step)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// long is a YAML string of n characters.
func long(n int) string { return strings.Repeat("x", n) }

// repeat is the inside of a YAML list in one line that holds the text n times.
func repeat(text string, n int) string {
	return strings.TrimSuffix(strings.Repeat(text+", ", n), ", ")
}

// entries is a YAML map or list of n entries; %d in format is the number of each.
func entries(format string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(format, "%d", strconv.Itoa(i)) + "\n")
	}
	return b.String()
}
