package v2

import (
	"context"
	"encoding/base64"
	"net/http"
)

const (
	provisioningKeyHeader = "ProvisioningKey"
	adminKeyHeader        = "AdminKey"
	nonceHeader           = "X-Nonce"
)

// WithProvisioningKey sends a key that software may carry.
func WithProvisioningKey(key string) RequestEditorFn { return withHeader(provisioningKeyHeader, key) }

// WithAdminKey sends a key of the vendor's own programs. It may be sent beside a provisioning key: any that is good for the
// call is enough.
func WithAdminKey(key string) RequestEditorFn { return withHeader(adminKeyHeader, key) }

// WithNonce has the server sign these bytes together with its answer; see Verifier. They must be random, and new for each
// call.
func WithNonce(nonce []byte) RequestEditorFn {
	return withHeader(nonceHeader, base64.StdEncoding.EncodeToString(nonce))
}

func withHeader(name, value string) RequestEditorFn {
	return func(_ context.Context, request *http.Request) error {
		request.Header.Set(name, value)
		return nil
	}
}
