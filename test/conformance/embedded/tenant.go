package embedded

import (
	"context"

	"k8s.io/client-go/rest"

	"github.com/licensing-operator/licensing-operator/test/conformance"
	"github.com/licensing-operator/licensing-operator/test/conformance/namedusers"
)

// NamedUsers makes a tenant in a namespace, with a vendor id and keys, and says how it is examined at the addresses of
// the replicas that serve it.
func NamedUsers(ctx context.Context, config *rest.Config, namespace string, urls []string) (target namedusers.Target, err error) {
	admin, err := conformance.NewSigner("EC", "named-users-admin-"+newUUID()[:8])
	if err != nil {
		return target, err
	}
	shop, err := NewShop(ctx, config, namespace)
	if err != nil {
		return target, err
	}
	if err := addKey(ctx, config, namespace, "Administration", admin); err != nil {
		return target, err
	}
	target.BaseURLs, target.Shop, target.Bearer = urls, shop, admin.AdminToken
	if target.VendorID, target.PublicKey, err = shop.Tenant(ctx); err != nil {
		return target, err
	}
	if target.AdminKey, err = shop.Key(ctx, namedusers.Key{Admin: true}); err != nil {
		return target, err
	}
	target.ProvisioningKey, err = shop.Key(ctx, namedusers.Key{})
	return target, err
}
