package userprovisioning

import (
	"context"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/allotment"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// grant gives the oldest who wait a unit of what they list.
func (p *pass) grant(ctx context.Context) error {
	quotas := map[string]*allotment.Quota{}
	for _, m := range p.members {
		if !m.wanted() || m.gone {
			continue
		}
		for _, id := range m.user.Spec.Limitations {
			if m.held[id] != "" || p.license.refusal(id) != nil {
				continue
			}
			if !m.seated {
				if m.noSeat != nil {
					m.deny(id, *m.noSeat)
				}
				continue
			}
			if quotas[id] == nil {
				quotas[id] = allotment.NewQuota(p.license.limitations[id].Limitation, p.balances.Held[id])
			}
			if err := p.provision(ctx, m, id, quotas[id]); err != nil {
				return err
			}
		}
	}
	return p.asked.Flush(ctx)
}

func (p *pass) provision(ctx context.Context, m *member, limitationID string, quota *allotment.Quota) error {
	license := p.license.ask(m, p.license.limitations[limitationID].Limitation)
	may, err := quota.Ask(ctx, p.asked)
	if err != nil {
		return err
	}
	if !may {
		p.wait(m, license, quota)
		return nil
	}
	request := ledger.Provisioning{User: subject(m), License: license, Origin: licensing.DeclaredHolding}
	return p.asked.Add(ctx, request, p.answered(m, func(answer ledger.UserAnswer) {
		if answer.Granted {
			m.held[limitationID] = answer.Holding.TransactionID
			return
		}
		quota.Refuse(answer, &Refusal{Reason: v1alpha1.ReasonLimitReached, Message: answer.Message})
		if answer.NotRecorded {
			p.again = true
			return
		}
		m.deny(limitationID, *quota.Refusal)
	}))
}

// wait refuses the user what an older one was refused. That is recorded before the object says so.
func (p *pass) wait(m *member, license ledger.License, quota *allotment.Quota) {
	id := license.Limitation.ID
	if m.says(id, quota.Refusal) {
		m.deny(id, *quota.Refusal)
		return
	}
	p.line.Add(subject(m), license, quota, func() { m.deny(id, *quota.Refusal) })
}
