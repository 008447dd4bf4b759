package restv2

import (
	"context"

	"github.com/licensing-operator/licensing-operator/internal/signing"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

// SignWith is how the chain of package server signs answers: with the key that is current when a call comes.
func SignWith(keys *signing.Keys) server.SignerOf {
	return func(ctx context.Context, tenant string) (server.Signer, error) {
		key, err := keys.Current(ctx, tenant)
		if err != nil {
			return nil, err
		}
		return key, nil
	}
}
