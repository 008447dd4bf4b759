package licenses

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	applyv1alpha1 "github.com/licensing-operator/licensing-operator/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// Heartbeat tells that a client is in use.
type Heartbeat struct {
	ProductID, ClientID, SoftwareVersion string
	// TokenKey is empty unless the client knows its token.
	TokenKey string
}

// Heartbeat answers what the client's license is good for, whether it is valid or not.
func (l *Licenses) Heartbeat(ctx context.Context, beat Heartbeat) (LicenseInfo, error) {
	if err := checkClientID(beat.ClientID); err != nil {
		return LicenseInfo{}, err
	}
	if err := l.knownProduct(ctx, beat.ProductID); err != nil {
		return LicenseInfo{}, err
	}
	license, active, err := l.licenseOfClient(ctx, beat.ProductID, beat.ClientID)
	if err != nil {
		return LicenseInfo{}, err
	}
	if beat.TokenKey != "" && beat.TokenKey != active.TokenKey {
		return LicenseInfo{}, errorf(ClientOfAnotherToken, "token_key: client %q has another token than %s", beat.ClientID, beat.TokenKey)
	}
	if active.activation != nil {
		if err := l.reportVersion(ctx, active.activation, beat.SoftwareVersion); err != nil {
			return LicenseInfo{}, l.failed(err, activationFields)
		}
	}
	return l.info(ctx, license, active)
}

// licenseOfClient is the one license of a product that is active for the client.
func (l *Licenses) licenseOfClient(ctx context.Context, productID, clientID string) (*license, licenseClient, error) {
	bound, err := l.activationsOf(ctx, clientID)
	if err != nil {
		return nil, licenseClient{}, l.failed(err, nil)
	}
	for _, object := range bound {
		license, err := l.licenseOfActivation(ctx, object)
		if err != nil {
			return nil, licenseClient{}, l.failed(err, nil)
		}
		if license != nil && license.terms.ProductID == productID && object.Status.TokenKey != "" {
			return license, licenseClient{ID: clientID, TokenKey: object.Status.TokenKey, activation: object}, nil
		}
	}
	candidates, err := l.madeFor(ctx, clientID)
	if err != nil {
		return nil, licenseClient{}, err
	}
	for _, license := range candidates {
		implied, err := l.impliedClient(ctx, license)
		if err != nil {
			return nil, licenseClient{}, err
		}
		if license.terms.ProductID == productID && implied != nil && implied.ID == clientID {
			return license, *implied, nil
		}
	}
	return nil, licenseClient{}, errorf(ClientUnknown, "client %q is not active on any license of product %s: activate it first", clientID, productID)
}

// madeFor are the licenses that may be active for the client from the beginning: the one that has it for an id, and those
// of the customer that has it for a number.
func (l *Licenses) madeFor(ctx context.Context, clientID string) ([]*license, error) {
	object, err := l.lineItem(ctx, clientID)
	if err != nil {
		return nil, l.failed(err, nil)
	}
	var (
		objects   []*v1alpha1.LineItem
		instances []*v1alpha1.Instance
	)
	if object != nil {
		objects = append(objects, object) // and no customer has the number of a license
	} else if instances, err = l.instancesOf(ctx, clientID); err != nil {
		return nil, l.failed(err, nil)
	}
	for _, instance := range instances {
		var list v1alpha1.LineItemList
		err := l.Live.List(ctx, &list, client.InNamespace(l.namespace), client.MatchingFields{kubestore.IndexInstance: instance.Name})
		if err != nil {
			return nil, l.failed(err, nil)
		}
		objects = append(objects, inOrder(pointers(list.Items))...)
	}
	var licenses []*license
	for _, object := range objects {
		if !kubestore.IsLicense(object) {
			continue
		}
		license, err := l.read(ctx, object)
		if err != nil && IDOf(err) != EditionNotPossible { // one that nobody can tell about is no client's
			return nil, err
		}
		if err == nil {
			licenses = append(licenses, license)
		}
	}
	return licenses, nil
}

// reportVersion keeps the version that the client says it is, if it says another one than before. What Git declares stays
// as it is: a heartbeat is no reason to refuse a client.
func (l *Licenses) reportVersion(ctx context.Context, known *v1alpha1.Activation, version string) error {
	if version == "" || version == known.Spec.SoftwareVersion {
		return nil
	}
	return declaration.Again(ctx, l.Clock, func() error {
		var object v1alpha1.Activation
		err := l.Live.Get(ctx, client.ObjectKeyFromObject(known), &object)
		if err != nil || object.Spec.SoftwareVersion == version || len(declaration.Declarers(&object, "f:spec", "f:softwareVersion")) > 0 {
			return client.IgnoreNotFound(err)
		}
		if err := declaration.Adopt(ctx, l.Live, &object); err != nil {
			return err
		}
		declared, err := applyv1alpha1.ExtractActivationFrom(&object, string(declaration.FieldManager), "")
		if err != nil {
			return err
		}
		if declared.Spec == nil {
			declared.Spec = applyv1alpha1.ActivationSpec()
		}
		declared.Spec.WithSoftwareVersion(version)
		return declaration.Apply(ctx, l.Live, declared.WithUID(object.UID).WithResourceVersion(object.ResourceVersion), &object)
	})
}
