package cel

import (
	"encoding/json"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

type change struct {
	object string
	before []edit
	status string // written by the operator before the change, in YAML
	edits  []edit
	want   string // a part of the refusal; empty when the change is valid
}

func checkUpdates(t *testing.T, cases map[string]change) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			o := object(t, tc.object, tc.before...)
			if err := admin.Create(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			if tc.status != "" {
				writeStatus(t, o, tc.status)
			}
			for _, e := range tc.edits {
				e(t, o)
			}
			expect(t, admin.Update(t.Context(), o), tc.want)
		})
	}
}

func writeStatus(t *testing.T, o client.Object, text string) {
	t.Helper()
	status, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	patch, err := json.Marshal(map[string]json.RawMessage{"status": status})
	if err != nil {
		t.Fatal(err)
	}
	if err := admin.Status().Patch(t.Context(), o, client.RawPatch("application/merge-patch+json", patch)); err != nil {
		t.Fatal(err)
	}
}

func TestUpdateRateTable(t *testing.T) {
	const immutable = "spec is immutable: publish a new version instead"
	checkUpdates(t, map[string]change{
		"labels change":           {object: rateTable, edits: with(set("metadata.labels", "{team: print}"))},
		"a rate changes":          {object: rateTable, edits: with(set("spec.items.0.rate", "4")), want: immutable},
		"an item is restricted":   {object: rateTable, edits: with(set("spec.items.0.limitation", "{id: api}")), want: immutable},
		"an item is added":        {object: rateTable, edits: with(set("spec.items", entries("- {name: item%d, rate: 1}", 4))), want: immutable},
		"the time changes":        {object: rateTable, edits: with(set("spec.effectiveFrom", `"2126-11-01T14:44:12Z"`)), want: immutable},
		"the version changes":     {object: rateTable, edits: with(set("spec.version", "next")), want: immutable},
		"the series goes":         {object: rateTable, edits: with(unset("spec.series")), want: immutable},
		"a full table is labeled": {object: rateTable, before: with(set("spec.items", entries("- {name: item%d, rate: 1}", 1000))), edits: with(set("metadata.labels", "{a: b}"))},
	})
}

func TestUpdateInstance(t *testing.T) {
	const (
		one   = "0b5e4c9a-6a0f-4f55-9a77-0d1f3cf0b1a2"
		other = "5a3f0c8e-1111-4222-8333-944455556666"
	)
	checkUpdates(t, map[string]change{
		"the short name changes":         {object: instance, edits: with(set("spec.shortName", "acme"))},
		"the id is set":                  {object: instance, edits: with(set("spec.instanceID", one))},
		"the id in use is set":           {object: instance, status: "instanceID: " + one, edits: with(set("spec.instanceID", one))},
		"another id than in use is set":  {object: instance, status: "instanceID: " + one, edits: with(set("spec.instanceID", other)), want: "spec.instanceID must be " + one + ", the id in use"},
		"the id changes":                 {object: instance, before: with(set("spec.instanceID", one)), edits: with(set("spec.instanceID", other)), want: "instanceID is immutable once set"},
		"the id goes":                    {object: instance, before: with(set("spec.instanceID", one)), edits: with(unset("spec.instanceID")), want: "instanceID is immutable once set"},
		"the id stays and the name goes": {object: instance, before: with(set("spec.instanceID", one)), edits: with(set("spec.shortName", "a"))},
	})
}

func TestUpdateLineItem(t *testing.T) {
	const (
		one   = "0b5e4c9a-6a0f-4f55-9a77-0d1f3cf0b1a2"
		other = "5a3f0c8e-1111-4222-8333-944455556666"
	)
	state := func(s string) []edit { return with(set("spec.state", s)) }
	checkUpdates(t, map[string]change{
		"the quantity is lowered":               {object: lineItem, status: `used: "999.5"`, edits: with(set("spec.quantity", "1"))},
		"DEPLOYED becomes INACTIVE":             {object: lineItem, edits: state("INACTIVE")},
		"INACTIVE becomes DEPLOYED":             {object: lineItem, before: state("INACTIVE"), edits: state("DEPLOYED")},
		"INACTIVE becomes OBSOLETE":             {object: lineItem, before: state("INACTIVE"), edits: state("OBSOLETE")},
		"OBSOLETE becomes DEPLOYED":             {object: lineItem, before: state("OBSOLETE"), edits: state("DEPLOYED"), want: "state OBSOLETE is final and cannot become DEPLOYED: create a new LineItem instead"},
		"OBSOLETE becomes INACTIVE":             {object: lineItem, before: state("OBSOLETE"), edits: state("INACTIVE"), want: "state OBSOLETE is final and cannot become INACTIVE"},
		"OBSOLETE gets another end":             {object: lineItem, before: state("OBSOLETE"), edits: with(set("spec.end", `"2027-01-01T00:00:00Z"`))},
		"the instance changes":                  {object: lineItem, edits: with(set("spec.instanceRef.name", "other")), want: "instanceRef is immutable: a line item stays with instance acme-def-inst"},
		"the activation id is set":              {object: lineItem, edits: with(set("spec.activationID", "ACT01"))},
		"the activation id in use is set":       {object: lineItem, status: "activationID: ACT01", edits: with(set("spec.activationID", "ACT01"))},
		"another than the one in use is set":    {object: lineItem, status: "activationID: ACT01", edits: with(set("spec.activationID", "ACT02")), want: "spec.activationID must be ACT01, the id in use"},
		"the activation id changes":             {object: lineItem, before: with(set("spec.activationID", "ACT01")), edits: with(set("spec.activationID", "ACT02")), want: "activationID is immutable once set"},
		"the activation id goes":                {object: lineItem, before: with(set("spec.activationID", "ACT01")), edits: with(unset("spec.activationID")), want: "activationID is immutable once set"},
		"the license id changes":                {object: license, before: with(set("spec.licenseID", one)), edits: with(set("spec.licenseID", other)), want: "licenseID is immutable once set"},
		"another license id than in use is set": {object: license, status: "licenseID: " + one, edits: with(set("spec.licenseID", other)), want: "spec.licenseID must be " + one + ", the id in use"},
		"a limit is lowered below what is used": {object: license, status: "limitations: [{id: api, used: 3}]", edits: with(set("spec.limitations.0.limit", "1"))},
	})
}

func TestUpdateSession(t *testing.T) {
	checkUpdates(t, map[string]change{
		"a heartbeat":                  {object: session, edits: with(set("spec.heartbeatTime", `"2026-11-21T14:44:12Z"`))},
		"other items":                  {object: session, edits: with(set("spec.requestedItems", "[{item: SignPrint, version: '1.0', count: 1}]"))},
		"a halt":                       {object: session, edits: with(set("spec.requestedItems", "[]"))},
		"the instance changes":         {object: session, edits: with(set("spec.instanceRef.name", "other")), want: "instanceRef is immutable: this session is charged on instance acme-def-inst"},
		"the namespace is added":       {object: session, edits: with(set("spec.instanceRef.namespace", "other")), want: "instanceRef is immutable"},
		"the requester changes":        {object: session, edits: with(set("spec.requester.value", "Omar")), want: "requester is immutable: this session is that of user LisaBarry"},
		"the dictionary changes":       {object: session, edits: with(set("spec.requester.dictionary", "{a: b}")), want: "requester is immutable"},
		"the requester goes":           {object: session, before: with(unset("spec.requestedItems")), edits: with(unset("spec.requester")), want: "requester is immutable: it cannot be taken away"},
		"a requester comes":            {object: session, before: with(unset("spec.requestedItems"), unset("spec.requester")), edits: with(set("spec.requester", "{type: user, value: Omar}"))},
		"items come without requester": {object: session, before: with(unset("spec.requestedItems"), unset("spec.requester")), edits: with(set("spec.requestedItems", "[]")), want: "requester is required with requestedItems"},
		"an id comes":                  {object: session, edits: with(set("spec.sessionID", uuid)), want: "sessionID is immutable"},
		"the id changes":               {object: session, before: with(identified(uuid, uuid)), edits: with(set("spec.sessionID", otherUUID)), want: "they must be the same"},
		"the id goes":                  {object: session, before: with(identified(otherUUID, otherUUID)), edits: with(unset("spec.sessionID")), want: "sessionID is immutable"},
		"another attempt":              {object: session, before: with(set("spec.attempt", "1")), edits: with(set("spec.attempt", "2"))},
		"an attempt that goes back":    {object: session, before: with(set("spec.attempt", "2")), edits: with(set("spec.attempt", "1")), want: "attempt can only be raised"},
		"an attempt that goes":         {object: session, before: with(set("spec.attempt", "2")), edits: with(unset("spec.attempt")), want: "attempt can only be raised"},
		"a status by the spec's door":  {object: session, status: "state: IDLE", edits: with(set("status.state", "ACTIVE"))},
	})
}

func TestUpdateUserProvisioning(t *testing.T) {
	checkUpdates(t, map[string]change{
		"the user becomes inactive": {object: userProvisioning, edits: with(set("spec.active", "false"))},
		"a limitation is revoked":   {object: userProvisioning, edits: with(set("spec.limitations", "[api]"))},
		"the user id changes":       {object: userProvisioning, edits: with(set("spec.userID", "omar")), want: "userID is immutable: this object is user lisa.barry@acme.example; create another UserProvisioning for omar"},
		"the case of the user id":   {object: userProvisioning, edits: with(set("spec.userID", "Lisa.Barry@acme.example")), want: "userID is immutable"},
		"the license changes":       {object: userProvisioning, edits: with(set("spec.lineItemRef.name", "other")), want: "lineItemRef is immutable: this user belongs to the license of line item acme-named-users"},
	})
}
