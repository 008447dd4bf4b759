package licenses

import (
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// A transaction is known by its id alone, which does not say where it is. It is looked for where it costs little first.

// revokeShown asks the informers who has the unit.
func (l *Licenses) revokeShown(ctx context.Context, limitationID, transactionID string) (*Consumption, error) {
	var list v1alpha1.UserProvisioningList
	err := l.Cached.List(ctx, &list, client.InNamespace(l.namespace), client.MatchingFields{kubestore.IndexTransactionID: transactionID})
	if err != nil {
		return nil, err
	}
	return l.revokeFrom(ctx, pointers(list.Items), limitationID, transactionID)
}

// listedAtOnce is how many users are read at once where all are looked through.
const listedAtOnce = 500

// revokeNew asks the API server.
func (l *Licenses) revokeNew(ctx context.Context, limitationID, transactionID string) (*Consumption, error) {
	var list v1alpha1.UserProvisioningList
	for {
		err := l.Live.List(ctx, &list, client.InNamespace(l.namespace), client.Limit(listedAtOnce), client.Continue(list.Continue))
		if err != nil {
			return nil, err
		}
		holders := slices.DeleteFunc(pointers(list.Items), func(user *v1alpha1.UserProvisioning) bool {
			return !slices.ContainsFunc(user.Status.Holdings, func(h v1alpha1.Holding) bool { return h.TransactionID == transactionID })
		})
		done, err := l.revokeFrom(ctx, holders, limitationID, transactionID)
		if done != nil || err != nil || list.Continue == "" {
			return done, err
		}
	}
}

func (l *Licenses) revokeFrom(ctx context.Context, holders []*v1alpha1.UserProvisioning, limitationID, transactionID string) (*Consumption, error) {
	for _, holder := range holders {
		if done, err := l.revoke(ctx, holder, limitationID, transactionID); done != nil || err != nil {
			return done, err
		}
	}
	return nil, nil
}

// rollbackRecorded asks for the record of a consumption, which is named after its transaction.
func (l *Licenses) rollbackRecorded(ctx context.Context, limitationID, transactionID string) (*Consumption, error) {
	id, possible := canonical(transactionID)
	if !possible {
		return nil, nil
	}
	read, err := l.Store.Read(ctx, ledger.Subject{Kind: ledger.ConsumptionSubject, Namespace: l.namespace, Name: id, UID: id})
	if err != nil || read.State.Consumption == nil {
		return nil, err
	}
	return l.rollback(ctx, *read.State.Consumption, limitationID, id)
}

// maxAccounts is how many accounts are asked for a transaction that no object shows yet. It is there in the rare case that
// writing it through takes longer than whoever made it has waited.
const maxAccounts = 32

// rollbackCommitted asks the accounts of the licenses that have the limitation.
func (l *Licenses) rollbackCommitted(ctx context.Context, limitationID, transactionID string) (*Consumption, error) {
	accounts, err := l.accountsWith(ctx, limitationID)
	if err != nil {
		return nil, err
	}
	for _, id := range accounts[:min(len(accounts), maxAccounts)] {
		committed, err := l.Ledger.Committed(ctx, id)
		if err != nil {
			return nil, err
		}
		holder, found := committed.Holder(transactionID)
		if !found {
			continue
		}
		if record, made := committed.Consumption(holder); made {
			return l.rollback(ctx, record, limitationID, transactionID)
		}
		var object v1alpha1.UserProvisioning
		if err := l.Live.Get(ctx, l.key(holder.Name), &object); err != nil {
			return nil, client.IgnoreNotFound(err)
		}
		return l.revoke(ctx, &object, limitationID, transactionID)
	}
	return nil, nil
}

// accountsWith are those of the licenses that have the limitation, as the informers show them.
func (l *Licenses) accountsWith(ctx context.Context, limitationID string) (accounts []ledger.AccountID, err error) {
	var editions v1alpha1.EditionList
	err = l.Cached.List(ctx, &editions, client.InNamespace(l.namespace), client.MatchingFields{kubestore.IndexLimitation: limitationID})
	if err != nil {
		return nil, err
	}
	searches := []client.MatchingFields{{kubestore.IndexLimitation: limitationID}}
	for i := range editions.Items {
		searches = append(searches, client.MatchingFields{kubestore.IndexEdition: editions.Items[i].Name})
	}
	known := sets.New[string]()
	for _, search := range searches {
		var list v1alpha1.LineItemList
		if err := l.Cached.List(ctx, &list, client.InNamespace(l.namespace), search, client.UnsafeDisableDeepCopy); err != nil {
			return nil, err
		}
		for i := range list.Items {
			if instance := list.Items[i].Spec.InstanceRef.Name; !known.Has(instance) {
				known.Insert(instance)
				accounts = append(accounts, l.account(instance))
			}
		}
	}
	return accounts, nil
}
