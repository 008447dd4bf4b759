package kubestore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// ConsumptionRetention is how long the record of a consumption is kept at least. One that counts in a balance still is
// kept for as long as it does.
const ConsumptionRetention = 90 * 24 * time.Hour

const (
	// rolledBackRetention is longer than a write can be under way.
	rolledBackRetention         = time.Hour
	consumptionCollectionPeriod = time.Hour
)

// ConsumptionCollector deletes the records of consumptions that count in no balance any more. One replica at a time runs
// it.
type ConsumptionCollector struct {
	Store *Store
	Clock clock.WithTicker
	Log   logr.Logger
}

// NeedLeaderElection makes one replica do it.
func (c *ConsumptionCollector) NeedLeaderElection() bool { return true }

// Start collects until the context ends.
func (c *ConsumptionCollector) Start(ctx context.Context) error {
	ticker := c.Clock.NewTicker(consumptionCollectionPeriod)
	defer ticker.Stop()
	for {
		if err := c.Collect(ctx); err != nil && ctx.Err() == nil {
			c.Log.Error(err, "Old records of consumptions are not deleted now; it is tried again")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C():
		}
	}
}

// Collect deletes what is old enough now.
func (c *ConsumptionCollector) Collect(ctx context.Context) error {
	return errors.Join(c.rolledBack(ctx), c.old(ctx))
}

func (c *ConsumptionCollector) rolledBack(ctx context.Context) error {
	oldest := c.Clock.Now().Add(-rolledBackRetention)
	selector := ConsumptionLabel + "=true," + rolledBackLabel + "=true"
	return c.Store.accounts.eachConsumption(ctx, selector, func(object *corev1.ConfigMap, record *licensing.Consumption) error {
		if record.RolledBackAt.After(oldest) {
			return nil
		}
		return c.delete(ctx, object)
	})
}

// old deletes the records of earlier periods. Which period runs is what the account says: where nothing was consumed
// since, that is the one of the last consumption, whose records stay.
func (c *ConsumptionCollector) old(ctx context.Context) error {
	oldest := c.Clock.Now().Add(-ConsumptionRetention)
	selector := ConsumptionLabel + "=true," + monthLabel + " notin (" + strings.Join(monthsSince(oldest, c.Clock.Now()), ",") + ")"
	accounts := map[ledger.AccountID]*ledger.Account{}
	return c.Store.accounts.eachConsumption(ctx, selector, func(object *corev1.ConfigMap, record *licensing.Consumption) error {
		if record.ConsumedAt.After(oldest) {
			return nil
		}
		id := ledger.AccountID{Namespace: object.Labels[TenantLabel], Name: record.Instance}
		account, known := accounts[id]
		if !known {
			var err error
			account, _, err = c.Store.LoadAccount(ctx, id)
			if err != nil {
				c.Log.V(1).Info("The records of an account that cannot be read are kept", "account", id, "cause", err.Error())
				account = nil
			}
			accounts[id] = account
		}
		key := ledger.LimitationKey{ActivationID: record.ActivationID, LimitationID: record.LimitationID}
		if account == nil || account.Balances[key].Period <= record.Period {
			return nil
		}
		return c.delete(ctx, object)
	})
}

func (c *ConsumptionCollector) delete(ctx context.Context, object *corev1.ConfigMap) error {
	err := c.Store.accounts.Delete(ctx, object.Name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &object.UID}})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return fmt.Errorf("delete ConfigMap %s: %w", object.Name, err)
	}
	return nil
}

// monthsSince are the months of which all or a part is after the time.
func monthsSince(oldest, now time.Time) []string {
	first := oldest.UTC()
	months := []string{}
	for at := time.Date(first.Year(), first.Month()+1, 1, 0, 0, 0, 0, time.UTC); !at.After(now); at = at.AddDate(0, 1, 0) {
		months = append(months, month(at))
	}
	return months
}
