package namedusers

import (
	"context"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/licensing-operator/licensing-operator/test/conformance"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
	"github.com/licensing-operator/licensing-operator/test/conformance/namedusers"
)

// caller is who sends a request, and what is known of his rights.
type caller struct {
	name   string
	header []string
	rights rights
}

type rights int

const (
	// everything may be called.
	everything rights = iota
	// ofSoftware are those of a key that is part of the vendor's software.
	ofSoftware
	// ofNoProduct are those of such a key for another product.
	ofNoProduct
	// none are those of somebody who is known and may do nothing.
	none
	// unknown is nobody.
	unknown
)

// admin is who most requests are sent by.
var admin caller

// callers are all kinds of them.
var callers []caller

const nobodysUUID = "6a0f3b52-8d0b-4c55-8b7e-0b6a2c9d4e1f"

func meetCallers(ctx context.Context) error {
	if err := system.AddKeys(ctx, embedded.UsersNamespace); err != nil {
		return err
	}
	disabled, err := vendor.Shop.Key(ctx, namedusers.Key{Admin: true, Disabled: true})
	if err != nil {
		return err
	}
	elsewhere, err := vendor.Shop.Key(ctx, namedusers.Key{Products: []string{nobodysUUID}})
	if err != nil {
		return err
	}
	account, err := serviceAccount(ctx)
	if err != nil {
		return err
	}
	stranger, err := conformance.NewSigner("EC", system.Admin.KeyID)
	if err != nil {
		return err
	}
	client := system.Client.ClientToken(nobodysUUID)
	admin = caller{"an AdminKey", []string{"AdminKey: " + vendor.AdminKey}, everything}
	callers = []caller{
		admin,
		{"a token for administration", []string{"Authorization: Bearer " + vendor.Bearer()}, everything},
		{"such a token in the other header", []string{"Bearer: " + vendor.Bearer()}, everything},
		{"all keys at once", []string{"ProvisioningKey: " + vendor.ProvisioningKey, "AdminKey: " + vendor.AdminKey, "Authorization: Bearer " + vendor.Bearer()}, everything},
		{"a good key beside a bad token", []string{"AdminKey: " + vendor.AdminKey, "Authorization: Bearer x.y.z"}, everything},
		{"a ProvisioningKey", []string{"ProvisioningKey: " + vendor.ProvisioningKey}, ofSoftware},
		{"a ProvisioningKey beside a bad AdminKey", []string{"ProvisioningKey: " + vendor.ProvisioningKey, "AdminKey: x"}, ofSoftware},
		{"a ProvisioningKey for another product", []string{"ProvisioningKey: " + elsewhere}, ofNoProduct},
		{"a ServiceAccount without a role", []string{"Authorization: Bearer " + account}, none},
		{"a client of version 1", []string{"Authorization: Bearer " + client}, none},
		{"nobody", nil, unknown},
		{"an unknown AdminKey", []string{"AdminKey: " + nobodysUUID}, unknown},
		{"an AdminKey that is switched off", []string{"AdminKey: " + disabled}, unknown},
		{"a ProvisioningKey as an AdminKey", []string{"AdminKey: " + vendor.ProvisioningKey}, unknown},
		{"an AdminKey as a ProvisioningKey", []string{"ProvisioningKey: " + vendor.AdminKey}, unknown},
		{"an AdminKey as a token", []string{"Authorization: Bearer " + vendor.AdminKey}, unknown},
		{"an administrator of another tenant", []string{"Authorization: Bearer " + stranger.AdminToken()}, unknown},
		{"a password", []string{"Authorization: Basic YTpi"}, unknown},
		{"an empty key", []string{"AdminKey: "}, unknown},
		{"a long key", []string{"AdminKey: " + strings.Repeat("k", 20_000)}, unknown},
		{"a key that is no text", []string{"AdminKey: \xff\xfe"}, unknown},
	}
	return nil
}

// serviceAccount gives the token of one that no role is bound to.
func serviceAccount(ctx context.Context) (string, error) {
	clients, err := kubernetes.NewForConfig(system.Config)
	if err != nil {
		return "", err
	}
	accounts := clients.CoreV1().ServiceAccounts(embedded.UsersNamespace)
	made, err := accounts.Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "stranger"}}, metav1.CreateOptions{})
	if err != nil {
		return "", err
	}
	token, err := accounts.CreateToken(ctx, made.Name, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		return "", err
	}
	return token.Status.Token, nil
}
