package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// snapshot is for several queries of what is there at one time.
var snapshot = &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}

// Totals reads the sums that are kept for ever.
func (s *store) Totals(ctx context.Context, account usage.Account) (usage.Totals, error) {
	totals := usage.Totals{
		Used:        map[string]licensing.Tokens{},
		Allocations: map[usage.ActionKey]licensing.Tokens{},
		Units:       map[usage.LimitationKey]licensing.Balance{},
	}
	what := fmt.Sprintf("read the usage totals of %s/%s", account.Namespace, account.Instance)
	tx, err := s.read.BeginTx(ctx, snapshot)
	if err != nil {
		return totals, unavailable(ctx, what, err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was changed
	var id int64
	err = tx.QueryRowContext(ctx, "SELECT id, records, sequence, position FROM usage_accounts WHERE namespace = $1 AND instance = $2",
		text(account.Namespace), text(account.Instance)).Scan(&id, &totals.Records, &totals.Sequence, &totals.Position)
	if errors.Is(err, sql.ErrNoRows) {
		return totals, nil
	}
	if err == nil {
		err = readUsed(ctx, tx, id, totals)
	}
	if err == nil {
		err = readBalances(ctx, tx, id, totals)
	}
	if err != nil {
		return totals, unavailable(ctx, what, err)
	}
	return totals, nil
}

func readUsed(ctx context.Context, q querier, account int64, into usage.Totals) error {
	rows, err := q.QueryContext(ctx, "SELECT activation_id, action_id, tokens, micros FROM usage_used WHERE account = $1", account)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var activation, action string
		var sum amount
		if err := rows.Scan(&activation, &action, &sum.whole, &sum.micros); err != nil {
			return err
		}
		activation, action = untext(activation), untext(action)
		tokens, err := sum.tokens()
		if err != nil {
			return fmt.Errorf("line item %s: %w", activation, err)
		}
		if action == "" {
			into.Used[activation] = tokens
		} else {
			into.Allocations[usage.ActionKey{ActivationID: activation, ActionID: action}] = tokens
		}
	}
	return rows.Err()
}

func readBalances(ctx context.Context, q querier, account int64, into usage.Totals) error {
	rows, err := q.QueryContext(ctx, `SELECT activation_id, limitation_id, period, last_reset, units, micros FROM usage_units
		WHERE account = $1`, account)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key usage.LimitationKey
		var b balance
		if err := rows.Scan(&key.ActivationID, &key.LimitationID, &b.period, &b.lastReset, &b.units.whole, &b.units.micros); err != nil {
			return err
		}
		key = usage.LimitationKey{ActivationID: untext(key.ActivationID), LimitationID: untext(key.LimitationID)}
		units, err := b.units.tokens()
		if err != nil {
			return fmt.Errorf("limitation %s of line item %s: %w", key.LimitationID, key.ActivationID, err)
		}
		into.Units[key] = licensing.Balance{Consumed: units, LastReset: b.lastReset.Time, Period: b.period}
	}
	return rows.Err()
}
