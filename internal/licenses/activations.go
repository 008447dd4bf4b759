package licenses

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Activation asks for a license to be activated for a client.
type Activation struct {
	ProductID, LicenseKey, ClientID                string
	ClientName, ClientDescription, SoftwareVersion string
}

// Activate gives the client a token of the license. A client that has one keeps it.
func (l *Licenses) Activate(ctx context.Context, asked Activation) (LicenseInfo, error) {
	if err := checkClientID(asked.ClientID); err != nil {
		return LicenseInfo{}, err
	}
	license, err := l.licenseOfProduct(ctx, asked.ProductID, asked.LicenseKey)
	if err != nil {
		return LicenseInfo{}, err
	}
	if err := l.mustBeValid(ctx, license); err != nil {
		return LicenseInfo{}, err
	}
	implied, err := l.impliedClient(ctx, license)
	if err != nil {
		return LicenseInfo{}, err
	}
	if implied != nil && implied.ID == asked.ClientID {
		return l.info(ctx, license, *implied)
	}
	var active licenseClient
	err = l.again(ctx, activationFields, func() (err error) {
		active, err = l.activate(ctx, license, asked)
		return err
	})
	if err != nil {
		return LicenseInfo{}, err
	}
	return l.info(ctx, license, active)
}

// activationFields are those that have other names in a call.
var activationFields = declaration.Fields{
	"clientID": ".client_id", "clientName": ".client_name", "clientDescription": ".client_description",
	"softwareVersion": ".software_version", "lineItemRef": ".license_key",
}

func (l *Licenses) activate(ctx context.Context, license *license, asked Activation) (licenseClient, error) {
	object, err := l.boundActivation(ctx, license, asked.ClientID)
	if err != nil {
		return licenseClient{}, err
	}
	created := object == nil
	if created {
		if object, err = l.createActivation(ctx, license, asked); err != nil {
			return licenseClient{}, err
		}
	}
	var answer ledger.UserAnswer
	err = l.opened(ctx, license, func() (err error) {
		answer, err = l.Ledger.Provision(ctx, l.accountOf(license), kubestore.ActivationSubject(object), tokenOf(license, object), licensing.ConsumedHolding)
		return err
	})
	if errors.Is(err, ledger.ErrSubjectGone) {
		return licenseClient{}, errors.Join(declaration.ErrChanged, err)
	}
	if err == nil && !answer.Granted {
		err = errorf(NoFreeToken, "client %q cannot be activated: %s of the %d tokens of license %s are assigned",
			asked.ClientID, answer.Balance, *answer.Limit, license.terms.LicenseID)
	}
	if err != nil {
		if created {
			err = errors.Join(err, l.forget(context.WithoutCancel(ctx), object))
		}
		return licenseClient{}, err
	}
	if !created {
		if err := l.reportVersion(ctx, object, asked.SoftwareVersion); err != nil {
			return licenseClient{}, err
		}
	}
	l.awaitWritten(ctx, activationPatience, answer.Written)
	return licenseClient{ID: object.Spec.ClientID, TokenKey: answer.Holding.TransactionID, activation: object}, nil
}

// boundActivation is the client's on the license, if it is not active on another one of the product.
func (l *Licenses) boundActivation(ctx context.Context, wanted *license, clientID string) (*v1alpha1.Activation, error) {
	bound, err := l.activationsOf(ctx, clientID)
	if err != nil {
		return nil, err
	}
	for _, object := range bound {
		if object.Spec.LineItemRef.Name == wanted.object.Name {
			return object, nil
		}
		other, err := l.licenseOfActivation(ctx, object)
		if err != nil {
			return nil, err
		}
		if other == nil { // left over from a license that is gone
			if declaration.IsOurs(object, "f:spec") {
				if err := l.forget(ctx, object); err != nil {
					return nil, err
				}
			}
			continue
		}
		if other.terms.ProductID == wanted.terms.ProductID {
			return nil, errorf(ClientActive, "client %q is active on license %s of product %s: unassign it there first",
				clientID, other.terms.LicenseID, other.terms.ProductID)
		}
	}
	return nil, nil
}

func (l *Licenses) createActivation(ctx context.Context, license *license, asked Activation) (*v1alpha1.Activation, error) {
	object := &v1alpha1.Activation{
		// A client has one license of a product: two calls that activate it on different ones meet at the name.
		ObjectMeta: l.metadata(declaration.NameLike(asked.ClientID, "activation", license.terms.ProductID, asked.ClientID)),
		Spec: v1alpha1.ActivationSpec{
			LineItemRef: v1alpha1.LineItemReference{Name: license.object.Name}, ClientID: asked.ClientID,
			ClientName: asked.ClientName, ClientDescription: asked.ClientDescription, SoftwareVersion: asked.SoftwareVersion,
		},
	}
	return object, declaration.Create(ctx, l.Live, object)
}

// Unassign takes the token from the client that has it.
func (l *Licenses) Unassign(ctx context.Context, tokenKey string) error {
	object, err := l.tokenHolder(ctx, tokenKey)
	if err != nil {
		return err
	}
	if err := mayTakeAway("client "+strconv.Quote(object.Spec.ClientID), object); err != nil {
		return err
	}
	license, err := l.licenseOfActivation(ctx, object)
	if err != nil {
		return err
	}
	if license == nil {
		return l.failed(l.forget(ctx, object), nil)
	}
	if err := l.admit(license); err != nil {
		return err
	}
	token := tokenOf(license, object)
	token.TransactionID = tokenKey
	answer, err := l.Ledger.Revoke(ctx, l.accountOf(license), kubestore.ActivationSubject(object), token)
	switch {
	case errors.Is(err, ledger.ErrSubjectGone), err == nil && !answer.Changed:
		return errorf(TokenUnassigned, "token %s is not assigned any more", tokenKey)
	case err != nil:
		return l.failed(err, nil)
	}
	if err := l.forget(ctx, object); err != nil {
		return l.failed(err, nil)
	}
	// Until the object was gone the controller may have given it a token again.
	committed, err := l.Ledger.Committed(ctx, l.accountOf(license))
	if err != nil {
		return l.failed(err, nil)
	}
	if _, held := committed.User(kubestore.ActivationSubject(object), licensing.NamedUser{}).Holding(licensing.TokenID); held {
		return l.recount(ctx, license)
	}
	return nil
}

// recount makes what is held that of the users and clients there are.
func (l *Licenses) recount(ctx context.Context, license *license) error {
	_, err := l.Ledger.Recount(ctx, l.accountOf(license), license.activationID(), provisioned(license))
	if errors.Is(err, ledger.ErrAccountMissing) {
		return nil // nobody ever held anything
	}
	return l.failed(err, nil)
}

// tokenHolder is the client that has the token.
func (l *Licenses) tokenHolder(ctx context.Context, tokenKey string) (*v1alpha1.Activation, error) {
	var known v1alpha1.ActivationList
	if err := l.Cached.List(ctx, &known, client.InNamespace(l.namespace), client.MatchingFields{kubestore.IndexTokenKey: tokenKey}); err != nil {
		return nil, l.failed(err, nil)
	}
	if len(known.Items) == 0 {
		// No field of the API holds it.
		if err := l.Live.List(ctx, &known, client.InNamespace(l.namespace)); err != nil {
			return nil, l.failed(err, nil)
		}
	}
	for i := range known.Items {
		if known.Items[i].Status.TokenKey != tokenKey {
			continue
		}
		var object v1alpha1.Activation
		err := l.Live.Get(ctx, client.ObjectKeyFromObject(&known.Items[i]), &object)
		switch {
		case apierrors.IsNotFound(err):
			return nil, errorf(TokenUnassigned, "token %s is not assigned any more", tokenKey)
		case err != nil:
			return nil, l.failed(err, nil)
		}
		return &object, nil
	}
	return nil, errorf(TokenKeyUnknown, "there is no token %s", tokenKey)
}

// forget deletes an object that this call, or another one of REST, made.
func (l *Licenses) forget(ctx context.Context, object client.Object) error {
	uid := object.GetUID()
	err := l.Live.Delete(ctx, object, client.Preconditions{UID: &uid})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil
	}
	return err
}

func tokenOf(license *license, object *v1alpha1.Activation) ledger.License {
	return ledger.License{
		ActivationID: license.activationID(), Limitation: licensing.TokenLimitation(license.terms.TokenLimit),
		UserID: object.Spec.ClientID, Name: object.Spec.ClientName, Active: true, ClientID: object.Spec.ClientID,
	}
}

// An answer waits a while for the objects to show it. It is right all the same if they show it later.
const (
	// activationPatience is long, because other servers look for the token in the object.
	activationPatience = 2 * time.Second
	// displayPatience is for those who look with kubectl next: what the ledger has committed, every server knows.
	displayPatience = 100 * time.Millisecond
)

func (l *Licenses) awaitWritten(ctx context.Context, patience time.Duration, written ...<-chan struct{}) {
	over := l.Clock.After(patience)
	for _, written := range written {
		if written == nil {
			continue
		}
		select {
		case <-written:
		case <-over:
			return
		case <-ctx.Done():
			return
		}
	}
}

// maxClientID is that of the kind, in characters.
const maxClientID = 256

func checkClientID(id string) error {
	switch length := len([]rune(id)); {
	case id == "":
		return errorf(ClientIDMissing, "client_id: is missing but it is required")
	case length > maxClientID:
		return invalid("$.client_id: %d characters, must have at most %d", length, maxClientID)
	case strings.ContainsFunc(id, unicode.IsControl):
		return invalid("$.client_id: %.256q has characters that are not possible", id)
	}
	return nil
}
