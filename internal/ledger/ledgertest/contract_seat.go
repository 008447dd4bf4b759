package ledgertest

import (
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func builtIn(limitationID string) licensing.Holding {
	return licensing.Holding{LimitationID: limitationID, TransactionID: "seat", Since: at(1)}
}

func (c contract) seatRoundTrip() {
	user := c.CreateUser(c, c.id, "activation", "kim")
	seat, inGroup := builtIn(licensing.SeatID), builtIn(licensing.GroupSeatID("0a0b0c0d-0000-4000-8000-000000000001"))
	steps := [][]licensing.Holding{
		{seat, inGroup, holding("feature", 2)},
		{seat, holding("feature", 2)},
		{holding("feature", 2)},
		{seat},
		nil,
	}
	for base, holdings := range steps {
		c.write(userStep(user, int64(base), "kim", holdings...))
		c.equal(c.holdings(c.read(user).State), holdings)
	}
}

func clientStep(client ledger.Subject, base int64, holdings ...licensing.Holding) *ledger.Transaction {
	return userStep(client, base, client.Name, holdings...)
}

func (c contract) tokenRoundTrip() {
	client := c.CreateActivation(c, c.id, "activation", "device")
	c.equal(c.read(client).State.Revision(), int64(0))
	token := builtIn(licensing.TokenID)
	c.write(clientStep(client, 0, token))
	c.fails(c.store.Write(c.Context(), clientStep(client, 0)), ledger.ErrRevision)
	state := c.read(client).State
	c.equal(state.Revision(), int64(1))
	c.equal(state.User.UserID, "device")
	c.equal(c.holdings(state), []licensing.Holding{token})

	c.write(clientStep(client, 1))
	c.equal(len(c.holdings(c.read(client).State)), 0)

	again := c.Recreate(c, client)
	c.fails(c.store.Write(c.Context(), clientStep(client, 2, token)), ledger.ErrSubjectGone)
	c.equal(c.read(again).State.Revision(), int64(0))
	c.Delete(c, again)
	_, err := c.store.Read(c.Context(), again)
	c.fails(err, ledger.ErrSubjectGone)
}

func (c contract) clients() {
	ann := c.CreateUser(c, c.id, "activation", "ann")
	device := c.CreateActivation(c, c.id, "activation", "device")
	c.CreateActivation(c, c.id, "other-activation", "phone")
	c.write(clientStep(device, 0, builtIn(licensing.TokenID)))
	users, err := c.store.Users(c.Context(), c.id, "activation")
	c.succeeds(err)
	held := map[ledger.Subject][]licensing.Holding{}
	for subject, state := range users {
		held[subject] = c.holdings(state)
	}
	c.equal(held, map[ledger.Subject][]licensing.Holding{ann: nil, device: {builtIn(licensing.TokenID)}})
}
