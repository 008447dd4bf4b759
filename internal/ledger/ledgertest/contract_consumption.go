package ledgertest

import (
	"time"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// consumption is a record with every field set, and the transaction that makes it.
func (c contract) consumption(activationID string) *ledger.Transaction {
	id := uuid.NewString()
	return &ledger.Transaction{
		ID: id, Time: at(0), Cause: licensing.CauseConsumed,
		Subject: ledger.Subject{Kind: ledger.ConsumptionSubject, Namespace: c.id.Namespace, Name: id, UID: id},
		State: ledger.State{Consumption: &licensing.Consumption{
			Instance: c.id.Name, ActivationID: activationID, LimitationID: "limitation", Value: 1_500_000, Period: 3, ConsumedAt: at(1), Timestamp: at(2),
			Balance: 2_500_000, Remaining: new(licensing.Tokens(-500_000)), LicenseID: "b8c7b6a5-0000-4000-8000-000000000001",
			ClientID: "device 7", AssignmentID: "key", UserID: "ann@example.com", ExternalID: "<ä\n>", Revision: 1,
		}},
	}
}

// rollback is the transaction that gives the consumption back.
func rollback(consumed *ledger.Transaction) *ledger.Transaction {
	record := *consumed.State.Consumption
	record.RolledBackAt, record.Revision = at(9), 2
	return &ledger.Transaction{
		ID: uuid.NewString(), Time: at(9), Cause: licensing.CauseRolledBack, Subject: consumed.Subject, Base: 1, State: ledger.State{Consumption: &record},
	}
}

func (c contract) noConsumption() {
	sighting := c.read(c.consumption("activation").Subject)
	c.equal(sighting.State, ledger.State{})
}

func (c contract) consumptionRoundTrip() {
	consumed := c.consumption("ACT/1 ü")
	c.write(consumed)
	c.equal(c.read(consumed.Subject).State, consumed.State)
	plain := c.consumption("ACT/1 ü")
	record := plain.State.Consumption
	record.Remaining, record.Timestamp, record.LicenseID, record.ClientID, record.UserID = nil, time.Time{}, "no label at all!", "", ""
	c.write(plain)
	c.equal(c.read(plain.Subject).State, plain.State)
}

func (c contract) writesConsumptionOnce() {
	consumed := c.consumption("activation")
	given := rollback(consumed)
	c.write(consumed)
	c.fails(c.store.Write(c.Context(), consumed), ledger.ErrRevision)
	c.write(given)
	c.fails(c.store.Write(c.Context(), given), ledger.ErrRevision)
	c.fails(c.store.Write(c.Context(), consumed), ledger.ErrRevision)
	c.equal(c.read(consumed.Subject).State, given.State)
}

// The replica that consumed may be slow, and the one that rolls back fast.
func (c contract) rollbackFirst() {
	consumed := c.consumption("activation")
	given := rollback(consumed)
	c.write(given)
	c.fails(c.store.Write(c.Context(), consumed), ledger.ErrRevision)
	c.equal(c.read(consumed.Subject).State, given.State)
}

// A replica that has both to write writes one record, unless the consumption is recorded already.
func (c contract) writesConsumptionAndRollback() {
	for _, recorded := range []bool{false, true} {
		consumed := c.consumption("activation")
		given := rollback(consumed)
		together := *given
		together.Base = consumed.Base
		if recorded {
			c.write(consumed)
			c.fails(c.store.Write(c.Context(), &together), ledger.ErrRevision)
			c.equal(c.read(consumed.Subject).State, consumed.State)
			continue
		}
		c.write(&together)
		c.fails(c.store.Write(c.Context(), consumed), ledger.ErrRevision)
		c.fails(c.store.Write(c.Context(), given), ledger.ErrRevision)
		c.equal(c.read(consumed.Subject).State, given.State)
	}
}

func (c contract) consumptions() {
	one, other, given := c.consumption("ACT/1 ü"), c.consumption("ACT/2"), c.consumption("ACT/1 ü")
	records, err := c.store.Consumptions(c.Context(), c.id, "ACT/1 ü")
	c.succeeds(err)
	c.equal(len(records), 0)
	for _, transaction := range []*ledger.Transaction{one, other, given, rollback(given)} {
		c.write(transaction)
	}
	records, err = c.store.Consumptions(c.Context(), c.id, "ACT/1 ü")
	c.succeeds(err)
	c.equal(records, map[ledger.Subject]ledger.State{one.Subject: one.State, given.Subject: rollback(given).State})
}

func (c contract) foreignConsumption() {
	consumed := c.consumption("activation")
	c.write(consumed)
	elsewhere := c.CreateInstance(c)
	records, err := c.store.Consumptions(c.Context(), elsewhere, "activation")
	c.succeeds(err)
	c.equal(len(records), 0)
	foreign := consumed.Subject
	foreign.Namespace = "nobody"
	c.equal(c.read(foreign).State, ledger.State{})
}
