package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/pkg/client"
)

const (
	tokenLifetime = 24 * time.Hour

	administration = "Administration"
	clients        = "Client"
)

// openREST gives the producer keys of its own, as a producer would: the private halves stay in the data directory, the
// public ones are declared. It writes a file that a shell takes tokens from.
func (e *environment) openREST(ctx context.Context) error {
	// With them a ServiceAccount can be let in too.
	if err := e.Apply(ctx, filepath.Join("config", "rbac", "rest_caller_roles.yaml")); err != nil {
		return err
	}
	instanceID, err := e.Kubectl(ctx, "get", "instance", "acme-def-inst", "-n", sampleNamespace, "-o", "jsonpath={.status.instanceID}").Output()
	if err != nil {
		return fmt.Errorf("find the id of the sample instance: %w", err)
	}
	admin, err := e.token(ctx, administration, client.Token{KeyID: "devenv-admin", Administration: true})
	if err != nil {
		return err
	}
	user, err := e.token(ctx, clients, client.Token{KeyID: "devenv-client", InstanceIDs: []string{string(instanceID)}})
	if err != nil {
		return err
	}
	e.restVariables = filepath.Join(e.Dir, "rest.env")
	text := fmt.Sprintf("export API=http://%s/dynamicmonetization\nexport INSTANCE=%s\nexport ADMIN=%s\nexport CLIENT=%s\n", e.rest, instanceID, admin, user)
	users, err := e.namedUserVariables(ctx)
	if err != nil {
		return err
	}
	return os.WriteFile(e.restVariables, []byte(text+users), 0o600)
}

// token makes one, and the key that verifies it if this data directory has none yet.
func (e *environment) token(ctx context.Context, access string, token client.Token) (string, error) {
	key, err := privateKey(filepath.Join(e.Dir, token.KeyID+".pem"))
	if err != nil {
		return "", err
	}
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return "", err
	}
	declared := fmt.Sprintf(`apiVersion: licensing-operator.dev/v1alpha1
kind: AccessKey
metadata: {name: %[1]s, namespace: %[2]s}
spec: {keyID: %[1]s, access: %[3]s, publicKey: %[4]q}
`, token.KeyID, sampleNamespace, access, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}))
	apply := e.Kubectl(ctx, "apply", "--server-side", "-f", "-")
	apply.Stdin = strings.NewReader(declared)
	if out, err := apply.CombinedOutput(); err != nil {
		return "", fmt.Errorf("declare the key %s: %w: %s", token.KeyID, err, out)
	}
	token.Issuer, token.Lifetime = "https://example-producer.test", tokenLifetime
	return token.Sign(key, time.Now())
}

func privateKey(file string) (ed25519.PrivateKey, error) {
	if text, err := os.ReadFile(file); err == nil {
		block, _ := pem.Decode(text)
		if block == nil {
			return nil, fmt.Errorf("%s holds no PEM", file)
		}
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if key, ok := key.(ed25519.PrivateKey); ok {
			return key, nil
		}
		return nil, fmt.Errorf("%s holds no Ed25519 key", file)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600)
}

// The tasks of the published guide, in its order and with its numbers.
const tour = `
Or over REST, in a terminal with curl. The numbers are the tasks of the published guide:

  . %[1]s
  curl -s $API/provisioning/api/v1.0/instances -H "Authorization: Bearer $ADMIN"    # 2, 5: instances

  # 1: a price list
  curl -s $API/provisioning/api/v1.0/rate-tables -H "Authorization: Bearer $ADMIN" -H 'Content-Type: application/json' \
    -d '{"series":"Tour","version":"1","items":[{"name":"PhotoPrint","version":"1.0","rate":3},{"name":"CADPrint","version":"2.0","rate":7}]}'
  # a purchase, for producers without another back office
  curl -s -X PUT $API/provisioning/api/v1.0/instances/$INSTANCE/line-items -H "Authorization: Bearer $ADMIN" -H 'Content-Type: application/json' \
    -d '{"activationId":"ACT03-Tour","state":"DEPLOYED","quantity":100,"start":1695772800000,"end":1893456000000,"attributes":{"elastic":true,"rateTableSeries":"Tour"}}'
  curl -s $API/provisioning/api/v1.0/instances/$INSTANCE/line-items -H "Authorization: Bearer $ADMIN"    # 3, 4: line items and what is used

  # 9: use items once; with ?dryRun=true it only says what would be charged
  curl -s $API/elastic/api/v1.0/instances/$INSTANCE/access-request -H "Authorization: Bearer $CLIENT" -H 'Content-Type: application/json' \
    -d '{"requester":{"type":"user","value":"LisaBarry"},"requestedItems":[{"item":"PhotoPrint","version":"1.0","count":10},{"item":"CADPrint","version":"2.0","count":2}]}'
  # 10: a session
  SESSION=$(curl -s $API/api/v1.0/sessions -H "Authorization: Bearer $CLIENT" -H "x-instance-id: $INSTANCE" -H 'Content-Type: application/json' \
    -d "{\"instanceId\":\"$INSTANCE\"}" | sed 's/.*"sessionId":"\([^"]*\)".*/\1/')
  # 11: items in the session; -i shows when the next charge and heartbeat are due
  curl -si -X PUT $API/api/v1.0/sessions/$SESSION -H "Authorization: Bearer $CLIENT" -H "x-instance-id: $INSTANCE" -H 'Content-Type: application/json' \
    -d '{"requester":{"type":"user","value":"LisaBarry"},"rollbackOnDeny":true,"requestedItems":[{"item":"PhotoPrint","version":"1.0","count":10}]}'
  curl -si $API/api/v1.0/sessions/$SESSION/heartbeat -H "Authorization: Bearer $CLIENT" -H "x-instance-id: $INSTANCE"    # 12: heartbeat
  curl -s $API/api/v1.0/sessions/$INSTANCE -H "Authorization: Bearer $CLIENT" -H "x-instance-id: $INSTANCE"    # 8: live sessions
  curl -s $API/provisioning/api/v1.0/instances/$INSTANCE/line-items -H "Authorization: Bearer $CLIENT"    # 6: line items
  curl -si -X DELETE $API/api/v1.0/sessions/$SESSION -H "Authorization: Bearer $CLIENT" -H "x-instance-id: $INSTANCE"    # 7, 13: end it

  The API, for a browser: http://%[2]s/docs
  The dashboard: http://%[2]s/dashboard/, with $ADMIN for the producer or $CLIENT for the customer
`
