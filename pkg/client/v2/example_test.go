package v2_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/licensing-operator/licensing-operator/pkg/client/v2"
)

const (
	isvID     = "7c1f7a52-3c1b-4f0e-9d57-5d2b8f0e6a11"
	licenseID = "0d4d1f0e-2b6f-4f37-9f5f-51c0c1b7d1a4"
	backup    = "3f8a5a0c-7a7c-4a0f-8f3f-0f4f5a6b7c8d"
)

func Example() {
	server := newVendor()
	defer server.Close()

	// The public key is in the status of the TenantConfiguration.
	verifier, err := v2.NewVerifier(server.publicKey)
	if err != nil {
		panic(err)
	}
	api, err := v2.NewClientWithResponses(server.URL, v2.WithRequestEditorFn(v2.WithProvisioningKey("example-key")))
	if err != nil {
		panic(err)
	}

	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce)
	user := "lisa@example.com"
	answer, err := api.AddConsumptionHeartbeatsWithResponse(context.Background(), isvID, &v2.AddConsumptionHeartbeatsParams{},
		v2.FullConsumptionHeartbeatDto{
			ClientID:             licenseID,
			ConsumptionHeartbeat: []v2.ConsumptionHeartbeatValueDto{{LimitationID: backup, UserID: &user, Value: "1"}},
		}, v2.WithNonce(nonce))
	if err != nil {
		panic(err)
	}
	if err := verifier.Verify(answer.HTTPResponse, answer.Body, nonce); err != nil {
		panic(err)
	}
	if answer.JSON200 == nil {
		panic(answer.Status())
	}
	backups := (*answer.JSON200)[0]
	if backups.TransactionID == nil {
		fmt.Println("all backups are taken")
		return
	}
	fmt.Printf("%s has a backup, %s of %s are left\n", user, *backups.Remaining, *backups.Limit)
	// Output:
	// lisa@example.com has a backup, 1 of 2 are left
}

// vendor stands for the server.
type vendor struct {
	*httptest.Server

	key       *rsa.PrivateKey
	publicKey []byte
}

func newVendor() *vendor {
	key, err := rsa.GenerateKey(rand.Reader, leastBits)
	if err != nil {
		panic(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		panic(err)
	}
	v := &vendor{key: key, publicKey: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})}
	v.Server = httptest.NewServer(http.HandlerFunc(v.answer))
	return v
}

func (v *vendor) answer(w http.ResponseWriter, r *http.Request) {
	status, body := http.StatusUnauthorized, `{"status": 401}`
	if r.Header.Get("ProvisioningKey") == "example-key" && r.URL.Path == "/api/v2/isv/"+isvID+"/data_gathering/consumption_heartbeats" {
		status, body = http.StatusOK, `[{"transaction_id": "9a1d7a3c-0f0a-4b7e-9d53-2f4b6f0b7c21", "limitation_id": "`+backup+`",
			"limit": 2, "balance": 1, "remaining": 1, "goodwill": null,
			"last_reset_date_utc": "2026-01-01T00:00:00Z", "next_reset_date_utc": null}]`
	}
	nonce, _ := base64.StdEncoding.DecodeString(r.Header.Get("X-Nonce"))
	w.Header().Set("X-Slascone-Signature", v.sign([]byte(body)))
	w.Header().Set("X-Nonce-Signature", v.sign(nonce))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

func (v *vendor) sign(content []byte) string {
	digest := sha256.Sum256(content)
	signature, err := rsa.SignPKCS1v15(rand.Reader, v.key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(signature)
}
