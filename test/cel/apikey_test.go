package cel

import (
	"strings"
	"testing"
)

const (
	apiKey = `
kind: APIKey
spec:
  type: Provisioning
  digest: sha256:243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89
`
	vendor = `
kind: TenantConfiguration
metadata:
  name: default
spec:
  vendorID: 0c7b1a52-6c0f-4f36-9d13-9d6c1a3fd0e5
`
)

func TestCreateAPIKey(t *testing.T) {
	const digest = "digest must be sha256: and 64 lower-case hexadecimal digits"
	check(t, map[string]creation{
		"a key for software":                 {object: apiKey},
		"a key for the back office":          {apiKey, with(set("spec.type", "Admin")), ""},
		"a key for something else":           {apiKey, with(set("spec.type", "Daemon")), `Unsupported value: "Daemon": supported values: "Provisioning", "Admin"`},
		"a key for nothing":                  {apiKey, with(unset("spec.type")), "spec.type: Required value"},
		"a key that is off, for two":         {apiKey, with(set("spec.disabled", "true"), set("spec.products", "[cad, cam]")), ""},
		"one product twice":                  {apiKey, with(set("spec.products", "[cad, cad]")), "Duplicate value"},
		"a product without a name":           {apiKey, with(set("spec.products", `[""]`)), "spec.products[0]"},
		"no digest":                          {apiKey, with(unset("spec.digest")), "spec.digest: Required value"},
		"a digest in upper case":             {apiKey, with(set("spec.digest", "sha256:"+strings.Repeat("AB", 32))), digest},
		"a digest of another kind":           {apiKey, with(set("spec.digest", "sha512:"+strings.Repeat("ab", 32))), digest},
		"a digest that is too short":         {apiKey, with(set("spec.digest", "sha256:"+strings.Repeat("ab", 31))), "spec.digest"},
		"the key itself where its digest is": {apiKey, with(set("spec.digest", strings.Repeat("ab", 32))), "spec.digest"},
	})
}

func TestUpdateAPIKey(t *testing.T) {
	checkUpdates(t, map[string]change{
		"the key is replaced":     {object: apiKey, edits: with(set("spec.digest", "sha256:"+strings.Repeat("ab", 32)))},
		"it is switched off":      {object: apiKey, edits: with(set("spec.disabled", "true"))},
		"it becomes an admin key": {object: apiKey, edits: with(set("spec.type", "Admin")), want: "type is immutable: this key is for Provisioning; create another APIKey for Admin"},
	})
}

func TestCreateVendor(t *testing.T) {
	check(t, map[string]creation{
		"an id":                       {object: vendor},
		"an id in upper case":         {vendor, with(set("spec.vendorID", "0C7B1A52-6C0F-4F36-9D13-9D6C1A3FD0E5")), "spec.vendorID"},
		"an id that is no UUID":       {vendor, with(set("spec.vendorID", "acme")), "spec.vendorID"},
		"a key that signs":            {vendor, with(set("spec.signingKey", "key-2.2026_a")), ""},
		"a key whose name is a path":  {vendor, with(set("spec.signingKey", "../key")), "spec.signingKey"},
		"a key whose name ends badly": {vendor, with(set("spec.signingKey", "key-")), "spec.signingKey"},
		"a key with too long a name":  {vendor, with(set("spec.signingKey", long(64))), "Too long: may not be more than 63"},
	})
}
