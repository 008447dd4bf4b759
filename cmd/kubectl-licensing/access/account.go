package access

import (
	"context"
	"errors"
	"fmt"
	"iter"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/availability"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
	"github.com/licensing-operator/licensing-operator/internal/usage/outbox"
)

// Account is the account of one Instance, in the operator's namespace. It is for one reader.
type Account struct {
	ID ledger.AccountID

	cluster  *Cluster
	accounts *kubestore.Accounts
	store    *kubestore.Store
	// version is that of the object read last; empty if there was none.
	version ledger.Version
}

var _ audit.Ledger = (*Account)(nil)

// Account is that of an Instance of the producer.
func (c *Cluster) Account(instance string) *Account {
	accounts := kubestore.NewAccounts(c.core, c.operatorNamespace)
	return &Account{
		ID: ledger.AccountID{Namespace: c.Namespace, Name: instance}, cluster: c, accounts: accounts,
		store: kubestore.New(kubestore.Options{Accounts: accounts, Live: c.client}),
	}
}

// Anchor implements audit.Ledger.
func (a *Account) Anchor(ctx context.Context) (ledger.Anchor, error) {
	return a.store.Anchor(ctx, a.ID)
}

// Account implements audit.Ledger.
func (a *Account) Account(ctx context.Context) (*ledger.Account, error) {
	account, version, err := a.store.LoadAccount(ctx, a.ID)
	a.version = version
	if errors.Is(err, ledger.ErrAccountMissing) {
		if elsewhere := a.inOperatorNamespace(ctx); elsewhere != nil {
			return nil, elsewhere
		}
	}
	return account, a.explained(err)
}

func (a *Account) explained(err error) error {
	if apierrors.IsForbidden(err) {
		return fmt.Errorf("%w: who verifies may get and list configmaps in namespace %s", err, a.cluster.operatorNamespace)
	}
	return err
}

// inOperatorNamespace fails where the operator is not: that there is no account means something only where accounts are. The
// Lease is there also when all accounts were lost, as soon as an operator runs.
func (a *Account) inOperatorNamespace(ctx context.Context) error {
	namespace := a.cluster.operatorNamespace
	accounts, err := a.accounts.List(ctx, metav1.ListOptions{LabelSelector: v1alpha1.AccountLabel, Limit: 1})
	if err != nil {
		return a.explained(err)
	}
	if len(accounts.Items) > 0 {
		return nil
	}
	err = a.cluster.client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: availability.LeaseName}, &coordinationv1.Lease{})
	switch {
	case apierrors.IsNotFound(err):
		return fmt.Errorf("--operator-namespace %q must be the namespace in which the operator runs: there is neither an account in it nor the Lease %s that an operator keeps",
			namespace, availability.LeaseName)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("%w: there is no account at all in namespace %s: whether it is the operator's (--operator-namespace) is told by that Lease, which you may not get",
			err, namespace)
	}
	return err
}

// Shown implements audit.Ledger.
func (a *Account) Shown(ctx context.Context) (map[string]licensing.Tokens, error) {
	shown, err := a.store.Shown(ctx, a.ID)
	if apierrors.IsForbidden(err) {
		err = fmt.Errorf("%w: who verifies or rebuilds a lost account may list lineitems in namespace %s", err, a.cluster.Namespace)
	}
	return shown, err
}

// AcceptedDifference implements audit.Ledger.
func (a *Account) AcceptedDifference(ctx context.Context) (string, error) {
	return a.store.AcceptedDifference(ctx, a.ID)
}

// Spilled implements audit.Ledger.
func (a *Account) Spilled(ctx context.Context) iter.Seq2[usage.Record, error] {
	return outbox.Waiting(ctx, kubestore.Spill{Accounts: a.accounts}, a.ID)
}

// Replace stores an account in its text form in place of what was read last, if that is still there.
func (a *Account) Replace(ctx context.Context, parts map[string]string) (err error) {
	object := kubestore.AccountObject(a.ID, parts)
	if a.version == "" {
		_, err = a.accounts.Create(ctx, object, metav1.CreateOptions{})
	} else {
		err = a.update(ctx, object)
	}
	switch {
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err), apierrors.IsNotFound(err):
		return fmt.Errorf("the account has changed meanwhile, nothing was written: look at the Instance, and begin again: %w", err)
	case apierrors.IsForbidden(err), apierrors.IsInvalid(err):
		return fmt.Errorf("%w: who rebuilds accounts may update configmaps and accounts.%s in namespace %s", err, "licensing-operator.dev", a.cluster.operatorNamespace)
	}
	return err
}

func (a *Account) update(ctx context.Context, object *corev1.ConfigMap) error {
	object.ResourceVersion = string(a.version)
	_, err := a.accounts.Update(ctx, object, metav1.UpdateOptions{})
	return err
}
