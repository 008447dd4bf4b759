package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const namedUserLicense = "acme-named-users"

// namedUserVariables are what a shell needs for the v2 API: its address, two keys, and the sample license.
func (e *environment) namedUserVariables(ctx context.Context) (string, error) {
	vendor, err := e.read(ctx, "tenantconfiguration/default", "{.status.vendorID}")
	if err != nil {
		return "", err
	}
	ids, err := e.read(ctx, "lineitem/"+namedUserLicense,
		`{.status.licenseID} {.status.productID} {.status.limitations[?(@.id)].id}`)
	if err != nil {
		return "", err
	}
	admin, err := e.apiKey(ctx, "Admin")
	if err != nil {
		return "", err
	}
	provisioning, err := e.apiKey(ctx, "Provisioning")
	if err != nil {
		return "", err
	}
	fields := strings.Fields(ids)
	if len(fields) < 4 { //nolint:mnd // license, product and two limitations
		return "", fmt.Errorf("the sample license %s has the ids %q, expected its own, the product's and those of two limitations", namedUserLicense, ids)
	}
	return fmt.Sprintf("export V2=http://%s/api/v2/isv/%s\nexport ADMIN_KEY=%s\nexport PROVISIONING_KEY=%s\n"+
		"export LICENSE=%s\nexport PRODUCT=%s\nexport FEATURE_A=%s\nexport FEATURE_B=%s\n",
		e.rest, vendor, admin, provisioning, fields[0], fields[1], fields[2], fields[3]), nil
}

func (e *environment) read(ctx context.Context, object, jsonPath string) (string, error) {
	out, err := e.Kubectl(ctx, "get", object, "-n", sampleNamespace, "-o", "jsonpath="+jsonPath).Output()
	if err != nil {
		return "", fmt.Errorf("read %s: %w", object, err)
	}
	return string(out), nil
}

// apiKey declares a key as a producer would: the key itself stays in the data directory, its digest is published.
func (e *environment) apiKey(ctx context.Context, kind string) (string, error) {
	name := "devenv-" + strings.ToLower(kind)
	key, err := secret(filepath.Join(e.Dir, name+".key"))
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256([]byte(key))
	declared := fmt.Sprintf(`apiVersion: licensing-operator.dev/v1alpha1
kind: APIKey
metadata: {name: %s, namespace: %s}
spec: {type: %s, digest: "sha256:%x"}
`, name, sampleNamespace, kind, digest)
	apply := e.Kubectl(ctx, "apply", "--server-side", "-f", "-")
	apply.Stdin = strings.NewReader(declared)
	if out, err := apply.CombinedOutput(); err != nil {
		return "", fmt.Errorf("declare the key %s: %w: %s", name, err, out)
	}
	return key, nil
}

// secret is the content of a file, which is made when it is missing.
func secret(file string) (string, error) {
	text, err := os.ReadFile(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return string(text), err
	}
	const bits = 256
	random := make([]byte, bits/8)
	_, _ = rand.Read(random) // it never fails
	key := hex.EncodeToString(random)
	return key, os.WriteFile(file, []byte(key), 0o600)
}

// usersTour is what a producer's back office and its application do about named users, in the order of the published page.
const usersTour = `
Named users, over the v2 API of that product's published clients, in the same terminal:

  v2() { curl -s -H "ProvisioningKey: $PROVISIONING_KEY" -H "AdminKey: $ADMIN_KEY" -H 'Content-Type: application/json' "$@"; echo; }
  # the back office sells one more seat and one more backup, and adds a user; this takes the AdminKey
  v2 -X PATCH $V2/licenses -d '{"id":"'$LICENSE'","user_limit":4,"license_limitations":[{"product_id":"'$PRODUCT'","limitation_id":"'$FEATURE_B'","limit":3}]}'
  v2 $V2/licenses/$LICENSE/users -d '{"license_id":"'$LICENSE'","user_id":"tour@acme.example","name":"Tour","is_active":true}'
  # the application provisions: a consumption heartbeat that names the user. Without a transaction_id, the quota is exhausted
  v2 $V2/data_gathering/consumption_heartbeats -d '{"client_id":"'$LICENSE'","consumption_heartbeat":[
    {"limitation_id":"'$FEATURE_A'","value":1,"user_id":"tour@acme.example"},{"limitation_id":"'$FEATURE_B'","value":1,"user_id":"tour@acme.example"}]}'
  # the user logs in: current_user_transaction_id tells what the user holds, and serves to revoke it
  v2 $V2/provisioning/licenses/by_user -d '{"product_id":"'$PRODUCT'","user_id":"tour@acme.example"}'
  kubectl get userprovisionings -n %[1]s
  kubectl get lineitem -n %[1]s %[2]s -o wide
  # the back office deletes the user, which frees what it held
  v2 -X DELETE $V2/licenses/$LICENSE/users/tour@acme.example
`
