package userprovisioning

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// recount makes the balances right when they differ from what the users hold: a user was deleted, perhaps while nobody
// looked.
func (r *Reconciler) recount(ctx context.Context, p *pass) error {
	key := client.ObjectKey{Namespace: p.license.Account.Namespace, Name: p.license.Name}
	// What this replica saw last may be less than what others have granted since, by as much as who is gone held.
	if err := p.look(ctx, true); err != nil {
		return err
	}
	limitations, differ := p.compare()
	if !differ {
		r.doubts.Dispel(key)
		return nil
	}
	if !r.doubts.Justified(key, p.balances.UnderWay, p.license.Now) {
		p.again = true
		return nil
	}
	if _, err := p.ledger.Recount(ctx, p.license.Account, p.license.ActivationID, limitations); err != nil {
		return err
	}
	return p.look(ctx, false)
}

// compare tells whether a balance is another than the number of holders, and which limitations users hold.
func (p *pass) compare() (limitations []string, differ bool) {
	held := map[string]int64{}
	for id, limitation := range p.license.limitations {
		if limitation.UserProvisioning {
			held[id] = 0
		}
	}
	for id := range p.balances.Held {
		if licensing.BuiltIn(id) && id != licensing.TokenID {
			held[id] = 0
		}
	}
	for _, m := range p.members {
		for id := range m.held {
			held[id]++
		}
		if m.seated {
			held[licensing.SeatID]++
		}
		if m.seated && m.group != "" {
			held[licensing.GroupSeatID(m.group)]++
		}
	}
	for id, number := range held {
		if !licensing.BuiltIn(id) {
			limitations = append(limitations, id)
		}
		differ = differ || p.balances.Held[id] != number
	}
	return limitations, differ
}
