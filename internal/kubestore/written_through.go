package kubestore

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// ledgerFields are the status fields that belong to the ledger, with their values; a field that is not there is nil.
type ledgerFields struct {
	names  []string
	values map[string]json.RawMessage
}

var (
	sessionFieldNames = jsonNames(reflect.TypeFor[v1alpha1.SessionLedgerStatus]())
	userFieldNames    = []string{"revision", "seat", "holdings"}

	activationFieldNames = []string{"revision", "tokenKey", "since"}
)

// writtenThrough is the object to patch and the fields that the transaction gives it.
func writtenThrough(transaction *ledger.Transaction) (client.Object, ledgerFields, error) {
	var (
		status any
		object client.Object
		fields ledgerFields
	)
	switch {
	case transaction.State.Session != nil:
		object, status = sessionNamed(transaction.Subject), sessionLedgerStatus(*transaction.State.Session)
		fields.names = sessionFieldNames
	case transaction.Subject.Kind == ledger.ActivationSubject && transaction.State.User != nil:
		object = &v1alpha1.Activation{ObjectMeta: metav1.ObjectMeta{Namespace: transaction.Subject.Namespace, Name: transaction.Subject.Name}}
		status, fields.names = activationLedgerStatus(*transaction.State.User), activationFieldNames
	case transaction.State.User != nil:
		object = &v1alpha1.UserProvisioning{ObjectMeta: metav1.ObjectMeta{Namespace: transaction.Subject.Namespace, Name: transaction.Subject.Name}}
		status, fields.names = userLedgerStatus(*transaction.State.User), userFieldNames
	default:
		return nil, fields, fmt.Errorf("transaction %s has no state to write through", transaction.ID)
	}
	text, err := json.Marshal(status)
	if err != nil {
		return nil, fields, err
	}
	return object, fields, json.Unmarshal(text, &fields.values)
}

// jsonNames lists the JSON names of a struct's fields, so that a field added to the type is written through too.
func jsonNames(t reflect.Type) []string {
	names := make([]string, 0, t.NumField())
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}
