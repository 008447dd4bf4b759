package kubestore

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// Labels and annotations of accounts and Instances.
const (
	// InstanceNamespaceLabel and InstanceNameLabel name the account's Instance.
	InstanceNamespaceLabel = "licensing-operator.dev/instance-namespace"
	InstanceNameLabel      = "licensing-operator.dev/instance-name"
	// AcceptLedgerAnnotation on an Instance accepts the ledger incident that it names.
	AcceptLedgerAnnotation = "licensing-operator.dev/accept-ledger"
	// AcceptDifferenceAnnotation on an Instance accepts the difference between account and usage records that it names.
	AcceptDifferenceAnnotation = "licensing-operator.dev/accept-difference"
)

// AccountName is the name of the ConfigMap that holds the account. A namespace has no dot and an Instance's name at most
// 63 characters, so that names neither clash nor grow too long.
func AccountName(id ledger.AccountID) string { return "account." + id.Namespace + "." + id.Name }

// LoadAccount reads the account live.
func (s *Store) LoadAccount(ctx context.Context, id ledger.AccountID) (*ledger.Account, ledger.Version, error) {
	object, err := s.accounts.Get(ctx, AccountName(id), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, "", errors.Join(ledger.ErrAccountMissing, err)
	}
	if err != nil {
		return nil, "", err
	}
	account, err := ledger.Decode(object.Data)
	return account, ledger.Version(object.ResourceVersion), err
}

// CreateAccount stores a first account.
func (s *Store) CreateAccount(ctx context.Context, account *ledger.Account) (ledger.Version, error) {
	object, err := configMapOf(account)
	if err != nil {
		return "", err
	}
	created, err := s.accounts.Create(ctx, object, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return "", errors.Join(ledger.ErrAccountExists, err)
	}
	if err != nil {
		return "", err
	}
	return ledger.Version(created.ResourceVersion), nil
}

// CommitAccount replaces the account if it is at the version.
func (s *Store) CommitAccount(ctx context.Context, account *ledger.Account, version ledger.Version) (ledger.Version, error) {
	object, err := configMapOf(account)
	if err != nil {
		return "", err
	}
	object.ResourceVersion = string(version)
	version, err = s.accounts.replace(ctx, object)
	switch {
	case apierrors.IsConflict(err):
		return "", errors.Join(ledger.ErrConflict, err)
	case apierrors.IsNotFound(err):
		return "", errors.Join(ledger.ErrAccountMissing, err)
	case err != nil:
		return "", err
	}
	return version, nil
}

// Anchor reads live what the Instance's status remembers of its account.
func (s *Store) Anchor(ctx context.Context, id ledger.AccountID) (ledger.Anchor, error) {
	var instance v1alpha1.Instance
	err := s.live.Get(ctx, client.ObjectKey{Namespace: id.Namespace, Name: id.Name}, &instance)
	if err != nil {
		return ledger.Anchor{Gone: apierrors.IsNotFound(err)}, client.IgnoreNotFound(err)
	}
	anchor := ledger.Anchor{Accepted: instance.Annotations[AcceptLedgerAnnotation]}
	if seen := instance.Status.Ledger; seen != nil && seen.Sequence != nil {
		anchor.Sequence, anchor.Hash = *seen.Sequence, seen.Hash
	}
	return anchor, nil
}

func configMapOf(account *ledger.Account) (*corev1.ConfigMap, error) {
	parts, err := account.Encode()
	if err != nil {
		return nil, err
	}
	return AccountObject(account.ID, parts), nil
}

// AccountObject is the ConfigMap that holds an account in its text form.
func AccountObject(id ledger.AccountID, parts map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Name: AccountName(id),
			Labels: map[string]string{
				v1alpha1.AccountLabel: "true", InstanceNamespaceLabel: id.Namespace, InstanceNameLabel: id.Name,
			},
		},
		Data: parts,
	}
}

// AccountOf is the account that an object marked as an account belongs to.
func AccountOf(object client.Object) (ledger.AccountID, bool) {
	labels := object.GetLabels()
	id := ledger.AccountID{Namespace: labels[InstanceNamespaceLabel], Name: labels[InstanceNameLabel]}
	return id, labels[v1alpha1.AccountLabel] == "true" && id.Namespace != "" && id.Name != ""
}
