package cel

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

type creation struct {
	object string
	edits  []edit
	want   string // a part of the refusal; empty when the object is valid
}

func with(edits ...edit) []edit { return edits }

// check asks the API server to create each object, without keeping it.
func check(t *testing.T, cases map[string]creation) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			expect(t, admin.Create(t.Context(), object(t, tc.object, tc.edits...), client.DryRunAll), tc.want)
		})
	}
}

func TestCreateRateTable(t *testing.T) {
	check(t, map[string]creation{
		"a table of rates and formulas":       {object: rateTable},
		"a table without series":              {rateTable, with(unset("spec.series")), ""},
		"a table of the future":               {rateTable, with(set("spec.effectiveFrom", `"2126-01-01T00:00:00+02:00"`)), ""},
		"a series that is empty":              {rateTable, with(set("spec.series", `""`)), "spec.series"},
		"a series that is too long":           {rateTable, with(set("spec.series", long(129))), "Too long: may not be more than 128"},
		"a table without version":             {rateTable, with(unset("spec.version")), "spec.version: Required value"},
		"a version that is too long":          {rateTable, with(set("spec.version", long(129))), "Too long: may not be more than 128"},
		"a table without effectiveFrom":       {rateTable, with(unset("spec.effectiveFrom")), "spec.effectiveFrom: Required value"},
		"a time in lower case":                {rateTable, with(set("spec.effectiveFrom", `"2023-11-01t14:44:12z"`)), "spec.effectiveFrom"},
		"a time that is a day only":           {rateTable, with(set("spec.effectiveFrom", `"2023-11-01"`)), "spec.effectiveFrom"},
		"a day that is not in the calendar":   {rateTable, with(set("spec.effectiveFrom", `"2023-02-30T00:00:00Z"`)), "spec.effectiveFrom"},
		"a table without items":               {rateTable, with(set("spec.items", "[]")), "spec.items"},
		"a thousand items":                    {rateTable, with(set("spec.items", entries("- {name: item%d, rate: 1}", 1000))), ""},
		"a thousand and one items":            {rateTable, with(set("spec.items", entries("- {name: item%d, rate: 1}", 1001))), "Too many: 1001: must have at most 1000 items"},
		"an item without name":                {rateTable, with(unset("spec.items.0.name")), "spec.items[0].name: Required value"},
		"an item whose name is too long":      {rateTable, with(set("spec.items.0.name", long(129))), "Too long: may not be more than 128"},
		"an item whose version is too long":   {rateTable, with(set("spec.items.0.version", long(65))), "Too long: may not be more than 64"},
		"an item without version":             {rateTable, with(unset("spec.items.0.version")), ""},
		"an item with rate and formula":       {rateTable, with(set("spec.items.0.formula", "1 + 1")), "item PhotoPrint must have either a rate or a formula, and not both: it has both"},
		"an item with neither":                {rateTable, with(unset("spec.items.0.rate")), "item PhotoPrint must have either a rate or a formula, and not both: it has neither"},
		"a formula that is too long":          {rateTable, with(set("spec.items.2.formula", long(1025))), "Too long: may not be more than 1024"},
		"a rate of zero":                      {rateTable, with(set("spec.items.0.rate", "0")), ""},
		"a rate with six digits":              {rateTable, with(set("spec.items.0.rate", `"0.333333"`)), ""},
		"a rate with seven digits":            {rateTable, with(set("spec.items.0.rate", `"0.3333333"`)), "spec.items[0].rate"},
		"a rate written as a float":           {rateTable, with(set("spec.items.0.rate", "0.5")), "spec.items[0].rate"},
		"a rate in scientific notation":       {rateTable, with(set("spec.items.0.rate", `"1e3"`)), "spec.items[0].rate"},
		"a negative rate":                     {rateTable, with(set("spec.items.0.rate", "-1")), "rate must be between 0 and 1000000000000 tokens per count"},
		"a negative rate written as a string": {rateTable, with(set("spec.items.0.rate", `"-0.5"`)), "rate must be between 0 and 1000000000000 tokens per count"},
		"a rate that is too large":            {rateTable, with(set("spec.items.0.rate", "1000000000001")), "rate must be between 0 and 1000000000000 tokens per count"},
	})
}

func TestCreateRateTableWithLimitations(t *testing.T) {
	limitation := func(text string) []edit { return with(set("spec.items.0.limitation", text)) }
	check(t, map[string]creation{
		"an item that requires a unit":           {rateTable, limitation("{id: api-functionality}"), ""},
		"an item that takes a unit along":        {rateTable, limitation("{id: A.1_b, provision: true}"), ""},
		"an item that takes none along":          {rateTable, limitation("{id: api, provision: false}"), ""},
		"a limitation without id":                {rateTable, limitation("{provision: true}"), "spec.items[0].limitation.id: Required value"},
		"a limitation whose id is empty":         {rateTable, limitation(`{id: ""}`), "spec.items[0].limitation.id"},
		"a limitation whose id is too long":      {rateTable, limitation("{id: " + long(129) + "}"), "Too long: may not be more than 128"},
		"a limitation that no license can have":  {rateTable, limitation(`{id: "#seat"}`), "spec.items[0].limitation.id"},
		"a limitation whose id ends with a dash": {rateTable, limitation("{id: api-}"), "spec.items[0].limitation.id"},
		"a limitation of a formula":              {rateTable, with(set("spec.items.2.limitation", "{id: api}")), ""},
		"a provision that is a word":             {rateTable, limitation(`{id: api, provision: "yes"}`), "spec.items[0].limitation.provision"},
	})
}

func TestCreateInstance(t *testing.T) {
	selector := `{from: Selector, selector: {matchLabels: {team: print}}}`
	check(t, map[string]creation{
		"an instance":                          {object: instance},
		"a name of 63 characters":              {instance, with(set("metadata.name", long(63))), ""},
		"a name of 64 characters":              {instance, with(set("metadata.name", long(64))), "metadata.name of an Instance must have at most 63 characters"},
		"an id of its own":                     {instance, with(set("spec.instanceID", "0b5e4c9a-6a0f-4f55-9a77-0d1f3cf0b1a2")), ""},
		"an id that is no UUID":                {instance, with(set("spec.instanceID", "acme")), "spec.instanceID"},
		"an id in capitals":                    {instance, with(set("spec.instanceID", "0B5E4C9A-6A0F-4F55-9A77-0D1F3CF0B1A2")), "spec.instanceID"},
		"an instance without account":          {instance, with(unset("spec.accountID")), "spec.accountID: Required value"},
		"an account that is too long":          {instance, with(set("spec.accountID", long(257))), "Too long: may not be more than 256"},
		"an instance without short name":       {instance, with(unset("spec.shortName")), "spec.shortName: Required value"},
		"a short name that is too long":        {instance, with(set("spec.shortName", long(257))), "Too long: may not be more than 256"},
		"an instance that is not the default":  {instance, with(set("spec.default", "false")), ""},
		"its own namespace only":               {instance, with(set("spec.allowedNamespaces", "{from: Same}")), ""},
		"all namespaces":                       {instance, with(set("spec.allowedNamespaces", "{from: All}")), ""},
		"namespaces by label":                  {instance, with(set("spec.allowedNamespaces", selector)), ""},
		"namespaces by label without selector": {instance, with(set("spec.allowedNamespaces", "{from: Selector}")), "selector is required when from is Selector"},
		"a selector that is not used":          {instance, with(set("spec.allowedNamespaces", "{from: All, selector: {}}")), "selector must be left out when from is All"},
		"a way to choose that does not exist":  {instance, with(set("spec.allowedNamespaces", "{from: Some}")), `Unsupported value: "Some": supported values: "Same", "All", "Selector"`},
		"no way to choose":                     {instance, with(set("spec.allowedNamespaces", "{}")), "spec.allowedNamespaces.from: Required value"},
	})
}

func TestCreateUserProvisioning(t *testing.T) {
	check(t, map[string]creation{
		"a user":                                {object: userProvisioning},
		"an inactive user without features":     {userProvisioning, with(set("spec.active", "false"), unset("spec.limitations")), ""},
		"a user of no license":                  {userProvisioning, with(unset("spec.lineItemRef")), "spec.lineItemRef: Required value"},
		"a license without name":                {userProvisioning, with(set("spec.lineItemRef", "{}")), "spec.lineItemRef.name: Required value"},
		"a license whose name is too long":      {userProvisioning, with(set("spec.lineItemRef.name", long(254))), "Too long: may not be more than 253"},
		"a user without id":                     {userProvisioning, with(unset("spec.userID")), "spec.userID: Required value"},
		"a user id that is empty":               {userProvisioning, with(set("spec.userID", `""`)), "spec.userID"},
		"a user id that is too long":            {userProvisioning, with(set("spec.userID", long(257))), "Too long: may not be more than 256"},
		"a name that is too long":               {userProvisioning, with(set("spec.name", long(257))), "Too long: may not be more than 256"},
		"a user that is neither active nor not": {userProvisioning, with(unset("spec.active")), "spec.active: Required value"},
		"the same limitation twice":             {userProvisioning, with(set("spec.limitations", "[api, api]")), `spec.limitations[1]: Duplicate value: "api"`},
		"as many limitations as there may be":   {userProvisioning, with(set("spec.limitations", entries("- l%d", 64))), ""},
		"too many limitations":                  {userProvisioning, with(set("spec.limitations", entries("- l%d", 65))), "Too many: 65: must have at most 64 items"},
		"a limitation that is empty":            {userProvisioning, with(set("spec.limitations", `[""]`)), "spec.limitations[0]"},
		"a limitation that is too long":         {userProvisioning, with(set("spec.limitations", "["+long(129)+"]")), "Too long: may not be more than 128"},
	})
}
