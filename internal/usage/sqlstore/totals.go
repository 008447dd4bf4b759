package sqlstore

import (
	"database/sql"
	"errors"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// usedKey is a line item of an account, or an action of it.
type usedKey struct {
	account            int64
	activation, action string
}

type unitsKey struct {
	account int64
	usage.LimitationKey
}

// balance is what licensing.Balance is, of which a sum may be too large to be told, but not to be stored.
type balance struct {
	period    int64
	lastReset instant
	units     amount
}

// add does what usage.Record.AddTo does.
func (b *balance) add(r usage.Record) {
	switch {
	case r.Period > b.period:
		*b = balance{period: r.Period, lastReset: instant{r.PeriodStart}}
	case r.Period > 0 && r.Period < b.period:
		return
	case r.Period == b.period && !r.PeriodStart.IsZero():
		b.lastReset = instant{r.PeriodStart}
	}
	b.units.add(r.Units)
}

func (c *change) addTotals(fresh []entry) error {
	accounts := map[usage.Account]seen{}
	used := map[usedKey]*amount{}
	balances := map[unitsKey]*balance{}
	add := func(key usedKey, tokens licensing.Tokens) {
		if used[key] == nil {
			used[key] = &amount{}
		}
		used[key].add(tokens)
	}
	for _, next := range fresh {
		account := c.accountID(next.Record)
		before := accounts[accountOf(next.Record)]
		accounts[accountOf(next.Record)] = seen{before.records + 1, max(before.sequence, next.Sequence), next.Position}
		switch next.Kind {
		case usage.Charge, usage.AutomaticCharge, usage.Refund:
			add(usedKey{account, text(next.ActivationID), ""}, next.Used())
			if next.ActionID != "" {
				add(usedKey{account, text(next.ActivationID), text(next.ActionID)}, next.Used())
			}
		default: // moves no tokens
		}
		if next.MovesUnits() {
			key := unitsKey{account, usage.LimitationKey{ActivationID: text(next.ActivationID), LimitationID: text(next.LimitationID)}}
			if balances[key] == nil {
				found, err := c.findBalance(key)
				if err != nil {
					return err
				}
				balances[key] = &found
			}
			balances[key].add(next.Record)
		}
	}
	for account, seen := range accounts {
		if err := c.countRecords(account, seen); err != nil {
			return err
		}
	}
	return errors.Join(c.writeUsed(used), c.writeBalances(balances))
}

func (c *change) findBalance(key unitsKey) (b balance, err error) {
	err = c.QueryRowContext(c.ctx, "SELECT period, last_reset, units, micros FROM usage_units WHERE account = $1 AND activation_id = $2 AND limitation_id = $3",
		key.account, key.ActivationID, key.LimitationID).Scan(&b.period, &b.lastReset, &b.units.whole, &b.units.micros)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return b, err
}

func (c *change) writeUsed(used map[usedKey]*amount) error {
	rows := make([][]any, 0, len(used))
	for key, sum := range used {
		rows = append(rows, []any{key.account, key.activation, key.action, sum.whole, sum.micros})
	}
	return c.insert(intoUsed, rows)
}

func (c *change) writeBalances(balances map[unitsKey]*balance) error {
	rows := make([][]any, 0, len(balances))
	for key, b := range balances {
		rows = append(rows, []any{key.account, key.ActivationID, key.LimitationID, b.period, c.store.dialect.instant(b.lastReset.Time), b.units.whole, b.units.micros})
	}
	return c.insert(intoUnits, rows)
}
