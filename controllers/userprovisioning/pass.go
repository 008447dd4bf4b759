package userprovisioning

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// pass goes once over the users of a license. It is not safe for concurrent use.
type pass struct {
	license *License
	// held are the limitations of which each user holds a unit, by the transaction that gave it.
	held map[types.UID]map[string]string
	// denied are the limitations that users list and do not get.
	denied map[types.UID]map[string]Refusal
	// written tell when the objects show what the pass did.
	written []<-chan struct{}
}

func newPass(license *License) *pass {
	p := &pass{license: license, held: map[types.UID]map[string]string{}, denied: map[types.UID]map[string]Refusal{}}
	for _, user := range p.users() {
		p.held[user.UID], p.denied[user.UID] = map[string]string{}, map[string]Refusal{}
		for _, holding := range user.Status.Holdings {
			p.held[user.UID][holding.LimitationID] = holding.TransactionID
		}
	}
	// What is refused for the request itself needs no ledger, and stands also while there is none.
	for _, user := range license.users.Standing {
		for _, id := range user.Spec.Limitations {
			if refusal := license.refusal(user, id); refusal != nil && p.held[user.UID][id] == "" {
				p.denied[user.UID][id] = *refusal
			}
		}
	}
	return p
}

func (p *pass) users() []*v1alpha1.UserProvisioning {
	users := slices.Clone(p.license.users.Standing)
	for duplicate := range p.license.users.Duplicates {
		users = append(users, duplicate)
	}
	return users
}

// run revokes first, so that what gets free is given to who waits longest in the same pass.
func (r *Reconciler) run(ctx context.Context, p *pass) error {
	for _, step := range []func(context.Context, *pass) error{r.revoke, r.recount, r.grant} {
		err := step(ctx, p)
		var halted *ledger.HaltedError
		switch {
		case errors.As(err, &halted):
			p.license.Ledger = LedgerHalted
		case errors.Is(err, ledger.ErrUnavailable):
			p.license.Ledger = LedgerUnavailable
		case err != nil:
			return err
		}
		if err != nil {
			ctrl.LoggerFrom(ctx).V(1).Info("The ledger cannot decide", "reason", err.Error())
			break
		}
	}
	p.await(ctx)
	return nil
}

// revoke takes back what the specs gave and list no more, and every unit of a limitation that is gone.
func (r *Reconciler) revoke(ctx context.Context, p *pass) error {
	for _, user := range p.users() {
		for _, holding := range user.Status.Holdings {
			if p.keeps(user, holding) {
				continue
			}
			license := p.askFor(user, licensing.Limitation{ID: holding.LimitationID})
			license.TransactionID = holding.TransactionID
			answer, err := r.Ledger.Revoke(ctx, p.license.account, kubestore.UserSubject(user), license)
			if errors.Is(err, ledger.ErrSubjectGone) {
				break
			}
			if err != nil {
				return fmt.Errorf("revoke limitation %s of user %s: %w", holding.LimitationID, user.Name, err)
			}
			p.wait(answer)
			delete(p.held[user.UID], holding.LimitationID)
		}
	}
	return nil
}

// keeps tells whether the user goes on holding the unit. One that a call provisioned is the caller's to revoke.
func (p *pass) keeps(user *v1alpha1.UserProvisioning, holding v1alpha1.Holding) bool {
	declared, known := p.license.declared[holding.LimitationID]
	if !known || !provisioned(declared) {
		return false
	}
	_, duplicate := p.license.users.Duplicates[user]
	listed := !duplicate && slices.Contains(user.Spec.Limitations, holding.LimitationID)
	return listed || holding.Origin != v1alpha1.HoldingOriginSpec
}

// recount makes the balances right when they differ from what the users hold: a user was deleted, perhaps while nobody
// looked. The difference may also be an informer's delay, which a recount finds out by itself.
func (r *Reconciler) recount(ctx context.Context, p *pass) error {
	ids := p.license.provisionedIDs()
	if len(ids) == 0 {
		return nil
	}
	snapshot, err := r.Ledger.Snapshot(ctx, p.license.account, false)
	if err != nil {
		return fmt.Errorf("read the account: %w", err)
	}
	units := map[string]licensing.Tokens{}
	for _, held := range p.held {
		for id := range held {
			units[id] += licensing.Token
		}
	}
	differs := func(id string) bool {
		key := ledger.LimitationKey{ActivationID: p.license.activationID, LimitationID: id}
		return snapshot.Balances[key].Consumed != units[id]
	}
	if !slices.ContainsFunc(ids, differs) {
		return nil
	}
	_, err = r.Ledger.Recount(ctx, p.license.account, p.license.activationID, ids)
	return err
}

// grant gives what is listed. Once a limitation is used up nobody younger gets a unit of it in this pass, not even one
// that is given back meanwhile: it belongs to the oldest who waits.
func (r *Reconciler) grant(ctx context.Context, p *pass) error {
	full := map[string]Refusal{}
	for _, user := range p.license.users.Standing {
		for _, id := range user.Spec.Limitations {
			if p.held[user.UID][id] != "" || p.license.refusal(user, id) != nil {
				continue
			}
			if refusal, used := full[id]; used {
				p.denied[user.UID][id] = refusal
				continue
			}
			answer, err := r.Ledger.Provision(ctx, p.license.account, kubestore.UserSubject(user),
				p.askFor(user, p.license.limitations[id]), licensing.DeclaredHolding)
			if errors.Is(err, ledger.ErrSubjectGone) {
				break
			}
			if err != nil {
				return fmt.Errorf("provision limitation %s to user %s: %w", id, user.Name, err)
			}
			if !answer.Granted {
				full[id] = Refusal{Reason: v1alpha1.ReasonLimitReached, Message: answer.Message}
				p.denied[user.UID][id] = full[id]
				continue
			}
			p.wait(answer)
			p.held[user.UID][id] = answer.Holding.TransactionID
		}
	}
	return nil
}

func (p *pass) askFor(user *v1alpha1.UserProvisioning, limitation licensing.Limitation) ledger.License {
	return ledger.License{
		ActivationID: p.license.activationID, Limitation: limitation,
		UserID: user.Spec.UserID, Name: user.Spec.Name, Active: p.license.active[user.UID],
	}
}

func (p *pass) wait(answer ledger.UserAnswer) {
	if answer.Written != nil {
		p.written = append(p.written, answer.Written)
	}
}

// await waits a moment for all of it; what takes longer shows when it is there.
func (p *pass) await(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, writeThroughPatience)
	defer cancel()
	for _, written := range p.written {
		select {
		case <-written:
		case <-ctx.Done():
			return
		}
	}
}

// inputs are what the statuses of all users are computed from.
func (p *pass) inputs() []Input {
	var inputs []Input
	for _, user := range p.users() {
		input := Input{User: user, License: p.license, Held: p.held[user.UID], Denied: p.denied[user.UID]}
		if standing := p.license.users.Duplicates[user]; standing != nil {
			input.StandingUser = standing.Name
		}
		inputs = append(inputs, input)
	}
	return inputs
}
