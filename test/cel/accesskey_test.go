package cel

import "testing"

// armored is a PEM block of a kind, in YAML.
func armored(kind, content string) string {
	return `"-----BEGIN ` + kind + `-----\n` + content + `\n-----END ` + kind + `-----\n"`
}

func TestCreateAccessKey(t *testing.T) {
	const private = "publicKey has a PRIVATE KEY in it: never store one here, where everyone who may view the namespace can read it"
	key := func(text string) []edit { return with(set("spec.publicKey", text)) }
	check(t, map[string]creation{
		"a key for clients":                 {object: accessKey},
		"a key for administration":          {accessKey, with(set("spec.access", "Administration")), ""},
		"a key for something else":          {accessKey, with(set("spec.access", "Everything")), `Unsupported value: "Everything": supported values: "Administration", "Client"`},
		"a key for nothing":                 {accessKey, with(unset("spec.access")), "spec.access: Required value"},
		"an id of all possible characters":  {accessKey, with(set("spec.keyID", `"A-Za.z_0:9"`)), ""},
		"an id of 128 characters":           {accessKey, with(set("spec.keyID", long(128))), ""},
		"an id of 129 characters":           {accessKey, with(set("spec.keyID", long(129))), "Too long: may not be more than 128"},
		"an id with a slash":                {accessKey, with(set("spec.keyID", "acme/2026")), "keyID acme/2026 is not possible: only letters, digits and the characters . _ : - are"},
		"an id with a line end":             {accessKey, with(set("spec.keyID", `"acme\n"`)), "keyID may have only letters, digits and the characters . _ : -"},
		"an empty id":                       {accessKey, with(set("spec.keyID", `""`)), "spec.keyID"},
		"no id":                             {accessKey, with(unset("spec.keyID")), "spec.keyID: Required value"},
		"a key in PKCS #1":                  {accessKey, key(armored("RSA PUBLIC KEY", "MIIB")), ""},
		"a certificate":                     {accessKey, key(armored("CERTIFICATE", "MIIB")), ""},
		"a private key":                     {accessKey, key(armored("PRIVATE KEY", "MIIB")), private},
		"a private key in PKCS #1":          {accessKey, key(armored("RSA PRIVATE KEY", "MIIB")), private},
		"a private key that is encrypted":   {accessKey, key(armored("ENCRYPTED PRIVATE KEY", "MIIB")), private},
		"a private key in the middle of it": {accessKey, key(`"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n-----BEGIN EC PRIVATE KEY-----\n"`), private},
		"a key that is not PEM":             {accessKey, key("ssh-ed25519 AAAA"), "publicKey is not PEM: give a block from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----"},
		"a key of 8 KiB":                    {accessKey, key(armored("PUBLIC KEY", long(8192-53))), ""},
		"a key that is longer":              {accessKey, key(armored("PUBLIC KEY", long(8192-52))), "Too long: may not be more than 8192"},
		"no key":                            {accessKey, with(unset("spec.publicKey")), "spec.publicKey: Required value"},
	})
}

func TestUpdateAccessKey(t *testing.T) {
	checkUpdates(t, map[string]change{
		"the key is replaced":     {object: accessKey, edits: with(set("spec.publicKey", armored("PUBLIC KEY", "MIIB")))},
		"the id changes":          {object: accessKey, edits: with(set("spec.keyID", "acme-2027")), want: "keyID is immutable: this is key acme-2026; create another AccessKey for acme-2027"},
		"the access changes":      {object: accessKey, edits: with(set("spec.access", "Administration")), want: "access is immutable: this key is for Client; create another AccessKey for Administration"},
		"it becomes a secret one": {object: accessKey, edits: with(set("spec.publicKey", armored("PRIVATE KEY", "MIIB"))), want: "never store one here"},
	})
}
