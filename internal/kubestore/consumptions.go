package kubestore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Labels of the ConfigMaps that are records of consumptions.
const (
	ConsumptionLabel = "licensing-operator.dev/consumption"
	// lineItemLabel finds what was consumed of a line item. An activation id need not be a label, so that it is hashed.
	lineItemLabel = "licensing-operator.dev/line-item"
	// monthLabel and rolledBackLabel spare whoever collects old records most of the others.
	monthLabel      = "licensing-operator.dev/month"
	rolledBackLabel = "licensing-operator.dev/rolled-back"

	consumptionData = "consumption.json"
	monthFormat     = "2006-01"
)

// ConsumptionName is the name of the ConfigMap that is the record of the consumption.
func ConsumptionName(transactionID string) string { return "consumption-" + transactionID }

// readConsumption reads a record live. A tenant's is not shown to another one.
func (s *Store) readConsumption(ctx context.Context, subject ledger.Subject) (ledger.Sighting, error) {
	object, err := s.accounts.Get(ctx, ConsumptionName(subject.Name), metav1.GetOptions{})
	if apierrors.IsNotFound(err) || (err == nil && object.Labels[TenantLabel] != subject.Namespace) {
		return ledger.Sighting{}, nil
	}
	if err != nil {
		return ledger.Sighting{}, err
	}
	record, err := consumptionOf(object)
	return ledger.Sighting{State: ledger.State{Consumption: record}, Version: ledger.Version(object.ResourceVersion)}, err
}

// writeConsumption makes the record, or marks it when the consumption is rolled back. A marked one is deleted only when
// no replica can be about to write the consumption any more.
func (s *Store) writeConsumption(ctx context.Context, transaction *ledger.Transaction) error {
	object, err := consumptionConfigMap(transaction)
	if err != nil {
		return err
	}
	err = s.accounts.create(ctx, object)
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	read, err := s.readConsumption(ctx, transaction.Subject)
	if err != nil {
		return err
	}
	if at := read.State.Revision(); at != transaction.Base {
		return fmt.Errorf("%w: it is at %d, the transaction was based on %d", ledger.ErrRevision, at, transaction.Base)
	}
	object.ResourceVersion = string(read.Version)
	_, err = s.accounts.replace(ctx, object)
	return err
}

// Consumptions lists the records of a line item live.
func (s *Store) Consumptions(ctx context.Context, id ledger.AccountID, activationID string) (map[ledger.Subject]ledger.State, error) {
	selector := labels.SelectorFromSet(labels.Set{
		ConsumptionLabel: "true", TenantLabel: id.Namespace, InstanceNameLabel: id.Name, lineItemLabel: lineItemHash(activationID),
	})
	states := map[ledger.Subject]ledger.State{}
	err := s.accounts.eachConsumption(ctx, selector.String(), func(object *corev1.ConfigMap, record *licensing.Consumption) error {
		states[consumptionSubject(object)] = ledger.State{Consumption: record}
		return nil
	})
	return states, err
}

// eachConsumption goes over the records that the selector finds, some at a time: there may be many.
func (a *Accounts) eachConsumption(ctx context.Context, selector string, do func(*corev1.ConfigMap, *licensing.Consumption) error) error {
	options := metav1.ListOptions{LabelSelector: selector, Limit: pagesAtOnce}
	for {
		found, err := a.List(ctx, options)
		if err != nil {
			return fmt.Errorf("list the records of consumptions: %w", err)
		}
		for i := range found.Items {
			record, err := consumptionOf(&found.Items[i])
			if err == nil {
				err = do(&found.Items[i], record)
			}
			if err != nil {
				return err
			}
		}
		if options.Continue = found.Continue; options.Continue == "" {
			return nil
		}
	}
}

func consumptionConfigMap(transaction *ledger.Transaction) (*corev1.ConfigMap, error) {
	subject, record := transaction.Subject, transaction.State.Consumption
	if record == nil {
		return nil, fmt.Errorf("transaction %s has no state to write through", transaction.ID)
	}
	text, err := json.Marshal(record)
	if err != nil {
		return nil, err
	}
	object := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Name: ConsumptionName(subject.Name),
			Labels: map[string]string{
				ConsumptionLabel: "true", TenantLabel: subject.Namespace, InstanceNameLabel: record.Instance,
				lineItemLabel: lineItemHash(record.ActivationID), monthLabel: month(record.ConsumedAt),
			},
		},
		Data: map[string]string{consumptionData: string(text)},
	}
	if len(validation.IsValidLabelValue(record.LicenseID)) == 0 {
		object.Labels[LicenseLabel] = record.LicenseID
	}
	if record.RolledBack() {
		object.Labels[rolledBackLabel] = "true"
	}
	return object, nil
}

func consumptionOf(object *corev1.ConfigMap) (*licensing.Consumption, error) {
	record := &licensing.Consumption{}
	if err := json.Unmarshal([]byte(object.Data[consumptionData]), record); err != nil {
		return nil, errors.Join(fmt.Errorf("ConfigMap %s is no record of a consumption", object.Name), err)
	}
	return record, nil
}

func consumptionSubject(object *corev1.ConfigMap) ledger.Subject {
	transactionID := object.Name[min(len(ConsumptionName("")), len(object.Name)):]
	return ledger.Subject{Kind: ledger.ConsumptionSubject, Namespace: object.Labels[TenantLabel], Name: transactionID, UID: transactionID}
}

func lineItemHash(activationID string) string {
	sum := sha256.Sum256([]byte(activationID))
	return hex.EncodeToString(sum[:16])
}

func month(t time.Time) string { return t.UTC().Format(monthFormat) }
