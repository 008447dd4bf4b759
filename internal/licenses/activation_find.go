package licenses

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// licenseClient is a client that a license is active for.
type licenseClient struct {
	ID string
	// TokenKey is empty for the client that a license is made for, unless that is the license itself.
	TokenKey string
	// activation is nil for the client that a license is made for.
	activation *v1alpha1.Activation
}

// impliedClient is the one that a license is active for from the beginning; nil if there is none. It takes no token.
func (l *Licenses) impliedClient(ctx context.Context, license *license) (*licenseClient, error) {
	switch terms := license.terms; terms.ActivationOnCreation {
	case v1alpha1.ActivateWithTokenKey:
		return &licenseClient{ID: terms.LicenseID, TokenKey: terms.LicenseID}, nil
	case v1alpha1.ActivateWithCustomerNumber:
		instance, err := l.instance(ctx, license.object.Spec.InstanceRef.Name)
		if err != nil || instance == nil {
			return nil, err
		}
		return &licenseClient{ID: instance.Spec.AccountID}, nil
	case v1alpha1.ActivateNone:
	}
	return nil, nil
}

// clientOf refuses a client that the license is not active for.
func (l *Licenses) clientOf(ctx context.Context, license *license, clientID string) (licenseClient, error) {
	implied, err := l.impliedClient(ctx, license)
	if err != nil {
		return licenseClient{}, err
	}
	if implied != nil && implied.ID == clientID {
		return *implied, nil
	}
	bound, err := l.activationsOf(ctx, clientID)
	if err != nil {
		return licenseClient{}, l.failed(err, nil)
	}
	for _, object := range bound {
		if object.Spec.LineItemRef.Name == license.object.Name && object.Status.TokenKey != "" {
			return licenseClient{ID: clientID, TokenKey: object.Status.TokenKey, activation: object}, nil
		}
	}
	return licenseClient{}, errorf(ClientUnknown, "client %q is not active on license %s: activate it first", clientID, license.terms.LicenseID)
}

// activationsOf are the activations of a client on whatever license, read live, oldest first.
func (l *Licenses) activationsOf(ctx context.Context, clientID string) ([]*v1alpha1.Activation, error) {
	var list v1alpha1.ActivationList
	// An informer may show one and not yet another: all are asked for where they are.
	err := l.Live.List(ctx, &list, client.InNamespace(l.namespace), client.MatchingFields{kubestore.IndexClientID: clientID})
	if err != nil {
		return nil, err
	}
	var active []*v1alpha1.Activation
	for _, object := range inOrder(pointers(list.Items)) {
		if object.DeletionTimestamp == nil {
			active = append(active, object)
		}
	}
	return active, nil
}

// licenseOfActivation is nil for one that is left over from a license that is gone. One of which nobody can tell what it
// grants is not gone.
func (l *Licenses) licenseOfActivation(ctx context.Context, object *v1alpha1.Activation) (*license, error) {
	lineItem, err := l.liveLineItem(ctx, object.Spec.LineItemRef.Name)
	if err != nil || lineItem == nil {
		return nil, l.failed(err, nil)
	}
	return l.read(ctx, lineItem)
}

// licenseOfProduct is the license of a key, if it is of the product.
func (l *Licenses) licenseOfProduct(ctx context.Context, productID, key string) (*license, error) {
	if err := l.knownProduct(ctx, productID); err != nil {
		return nil, err
	}
	license, err := l.keyedLicense(ctx, key)
	if err == nil && license.terms.ProductID != productID {
		return nil, errorf(LicenseKeyUnknown, "license %s is not of product %s but of product %s", license.terms.LicenseID, productID, license.terms.ProductID)
	}
	return license, err
}
