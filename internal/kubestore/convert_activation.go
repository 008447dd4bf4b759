package kubestore

import (
	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// ActivationSubject names the client to the ledger.
func ActivationSubject(activation *v1alpha1.Activation) ledger.Subject {
	return ledger.Subject{Kind: ledger.ActivationSubject, Namespace: activation.Namespace, Name: activation.Name, UID: string(activation.UID)}
}

func activationState(activation *v1alpha1.Activation) ledger.State {
	client := Client(activation)
	return ledger.State{User: &client}
}

// Client reads the client and the token that the ledger has given it, which is the one thing that it can hold. A client
// that is there is switched on.
func Client(activation *v1alpha1.Activation) licensing.NamedUser {
	client := licensing.NamedUser{
		UserID: activation.Spec.ClientID, Name: activation.Spec.ClientName, Active: true, Revision: activation.Status.Revision,
	}
	if activation.Status.TokenKey != "" {
		client.Holdings = []licensing.Holding{{
			LimitationID: licensing.TokenID, TransactionID: activation.Status.TokenKey, Since: instant(activation.Status.Since),
		}}
	}
	return client
}

// activationLedgerStatus is the ledger's part of an activation's status.
func activationLedgerStatus(client licensing.NamedUser) any {
	status := v1alpha1.ActivationStatus{Revision: client.Revision}
	if token, active := client.Holding(licensing.TokenID); active {
		status.TokenKey, status.Since = token.TransactionID, microTime(token.Since)
	}
	return status
}
