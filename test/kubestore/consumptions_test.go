package kubestore

import (
	"testing"
	"time"

	"github.com/go-logr/logr/testr"
	"github.com/google/uuid"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func TestRecordsOfConsumptionsAreDeletedWhenTheyCountNoMore(t *testing.T) {
	h := harness{shared}
	id := h.CreateInstance(t)
	account := ledger.NewAccount(id)
	account.Sequence = 1
	account.Balances[ledger.LimitationKey{ActivationID: "ACT/1", LimitationID: "calls"}] = licensing.Balance{Period: 2}
	_, err := h.Store().CreateAccount(t.Context(), account)
	must(t, err)
	now := time.Date(2026, 5, 31, 12, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	tests := []struct {
		name                 string
		instance             string
		period               int64
		age                  time.Duration
		rolledBack           bool
		sinceRollback        time.Duration
		kept, keptADayLonger bool
	}{
		{name: "of the running period, of today", period: 2, kept: true, keptADayLonger: true},
		{name: "of the running period, however old", period: 2, age: 400 * day, kept: true, keptADayLonger: true},
		{name: "of an earlier period, for 90 days", period: 1, age: 90*day - time.Hour, kept: true},
		{name: "of an earlier period, no longer", period: 1, age: 90*day + time.Hour},
		{name: "of an earlier period, long ago", period: 1, age: 4000 * day},
		{name: "of an account that cannot be read", period: 1, age: 400 * day, instance: "nobody", kept: true, keptADayLonger: true},
		{name: "rolled back just now", period: 2, rolledBack: true, sinceRollback: time.Minute, kept: true},
		{name: "rolled back a while ago", period: 2, rolledBack: true, sinceRollback: 2 * time.Hour},
	}
	records := make([]*ledger.Transaction, len(tests))
	for i, test := range tests {
		transactionID := uuid.NewString()
		record := &licensing.Consumption{
			Instance: id.Name, ActivationID: "ACT/1", LimitationID: "calls", Value: licensing.Token, Period: test.period, ConsumedAt: now.Add(-test.age), Revision: 1,
		}
		if test.instance != "" {
			record.Instance = test.instance
		}
		if test.rolledBack {
			record.RolledBackAt, record.Revision = now.Add(-test.sinceRollback), 2
		}
		records[i] = &ledger.Transaction{
			ID:      transactionID,
			Subject: ledger.Subject{Kind: ledger.ConsumptionSubject, Namespace: id.Namespace, Name: transactionID, UID: transactionID},
			State:   ledger.State{Consumption: record},
		}
		must(t, h.Store().Write(t.Context(), records[i]))
	}
	clock := clocktesting.NewFakeClock(now)
	collector := &kubestore.ConsumptionCollector{Store: h.Cluster.Store, Clock: clock, Log: testr.New(t)}
	isKept := func(i int) bool {
		t.Helper()
		_, err := h.Accounts.Get(t.Context(), kubestore.ConsumptionName(records[i].Subject.Name), metav1.GetOptions{})
		if !apierrors.IsNotFound(err) {
			must(t, err)
		}
		return err == nil
	}
	must(t, collector.Collect(t.Context()))
	for i, test := range tests {
		if got := isKept(i); got != test.kept {
			t.Errorf("%s: kept is %v", test.name, got)
		}
	}
	clock.Step(day)
	must(t, collector.Collect(t.Context()))
	for i, test := range tests {
		if got := isKept(i); got != test.keptADayLonger {
			t.Errorf("a day later, %s: kept is %v", test.name, got)
		}
	}
}
