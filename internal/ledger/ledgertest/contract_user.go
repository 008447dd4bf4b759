package ledgertest

import (
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// userStep is a transaction after which the user holds what is given.
func userStep(user ledger.Subject, base int64, userID string, holdings ...licensing.Holding) *ledger.Transaction {
	return &ledger.Transaction{
		ID: "transaction", Time: at(0), Cause: licensing.CauseProvisioned, Subject: user, Base: base,
		State: ledger.State{User: &licensing.NamedUser{UserID: userID, Active: true, Holdings: holdings, Revision: base + 1}},
	}
}

func holding(limitationID string, minutes int) licensing.Holding {
	return licensing.Holding{LimitationID: limitationID, TransactionID: "of-" + limitationID, Since: at(minutes), Origin: licensing.ConsumedHolding, ClientID: "device 7", ExternalID: "<42>"}
}

// holdings are what the ledger goes by; the rest of a user comes from its spec.
func (c contract) holdings(state ledger.State) []licensing.Holding {
	if state.User == nil {
		return nil
	}
	return state.User.Holdings
}

func (c contract) users() {
	users, err := c.store.Users(c.Context(), c.id, "activation")
	c.succeeds(err)
	c.equal(len(users), 0)

	ann := c.CreateUser(c, c.id, "activation", "ann")
	bob := c.CreateUser(c, c.id, "activation", "bob")
	eve := c.CreateUser(c, c.id, "activation", "eve")
	c.CreateUser(c, c.id, "other-activation", "zoe")
	c.write(userStep(ann, 0, "ann", holding("feature", 1)))
	c.write(userStep(eve, 0, "eve", holding("feature", 2)))
	c.Delete(c, eve)

	users, err = c.store.Users(c.Context(), c.id, "activation")
	c.succeeds(err)
	held := map[ledger.Subject][]licensing.Holding{}
	for subject, state := range users {
		held[subject] = c.holdings(state)
	}
	c.equal(held, map[ledger.Subject][]licensing.Holding{ann: {holding("feature", 1)}, bob: nil})
}

func (c contract) userRoundTrip() {
	user := c.CreateUser(c, c.id, "activation", "kim")
	declared := holding("feature", 1)
	declared.Origin, declared.ClientID, declared.ExternalID = licensing.DeclaredHolding, "", ""
	steps := []*ledger.Transaction{
		userStep(user, 0, "kim", declared),
		userStep(user, 1, "kim", declared, holding("other", 2)),
		userStep(user, 2, "kim", holding("other", 2)),
		userStep(user, 3, "kim"),
	}
	for _, transaction := range steps {
		c.write(transaction)
		c.fails(c.store.Write(c.Context(), transaction), ledger.ErrRevision)
		state := c.read(user).State
		c.equal(state.Revision(), transaction.State.Revision())
		c.equal(c.holdings(state), transaction.State.User.Holdings)
	}
	c.equal(c.read(user).State.User.UserID, "kim")
}
