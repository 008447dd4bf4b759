package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Accounts are those that anything was ever stored of.
func (s *store) Accounts(ctx context.Context) ([]usage.Account, error) {
	const what = "list the accounts of the usage store"
	rows, err := s.read.QueryContext(ctx, "SELECT namespace, instance FROM usage_accounts WHERE instance <> '' ORDER BY namespace, instance")
	if err != nil {
		return nil, unavailable(ctx, what, err)
	}
	defer rows.Close()
	var accounts []usage.Account
	for rows.Next() {
		var account usage.Account
		if err := rows.Scan(&account.Namespace, &account.Instance); err != nil {
			return nil, unavailable(ctx, what, err)
		}
		accounts = append(accounts, usage.Account{Namespace: untext(account.Namespace), Instance: untext(account.Instance)})
	}
	if err := rows.Err(); err != nil {
		return nil, unavailable(ctx, what, err)
	}
	return accounts, nil
}

func accountOf(r usage.Record) usage.Account {
	return usage.Account{Namespace: r.Namespace, Instance: r.Instance}
}

// accountID is the id of an account that addAccounts has seen.
func (c *change) accountID(r usage.Record) int64 { return c.learned.accounts[accountOf(r)] }

// addAccounts learns the ids of the accounts, and of their namespaces, which are accounts without an instance here.
func (c *change) addAccounts(fresh []entry) error {
	c.learned = newLearned()
	last := fresh[len(fresh)-1]
	c.learned.newest = mark{id: text(last.ID), position: last.Position}
	for _, next := range fresh {
		for _, account := range []usage.Account{accountOf(next.Record), {Namespace: next.Namespace}} {
			if _, ok := c.learned.accounts[account]; ok {
				continue
			}
			id, ok := c.store.known.account(account)
			if !ok {
				var err error
				if id, err = c.findAccount(account); err != nil {
					return fmt.Errorf("account %s/%s: %w", account.Namespace, account.Instance, err)
				}
			}
			c.learned.accounts[account] = id
		}
	}
	return nil
}

// findAccount makes the account if it is new.
func (c *change) findAccount(account usage.Account) (id int64, err error) {
	namespace, instance := text(account.Namespace), text(account.Instance)
	err = c.QueryRowContext(c.ctx, "SELECT id FROM usage_accounts WHERE namespace = $1 AND instance = $2", namespace, instance).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = c.QueryRowContext(c.ctx, "INSERT INTO usage_accounts (namespace, instance) VALUES ($1, $2) RETURNING id", namespace, instance).Scan(&id)
	}
	return id, err
}

// seen is what an account has of some records.
type seen struct{ records, sequence, position int64 }

// countRecords fails where the account does not have the id that it is known by: nothing may be stored as another one's.
func (c *change) countRecords(account usage.Account, seen seen) error {
	id := c.learned.accounts[account]
	result, err := c.ExecContext(c.ctx, `UPDATE usage_accounts SET records = records + $2,
		sequence = CASE WHEN sequence < $3 THEN $3 ELSE sequence END, position = $4 WHERE id = $1 AND namespace = $5 AND instance = $6`,
		id, seen.records, seen.sequence, seen.position, text(account.Namespace), text(account.Instance))
	if err != nil {
		return err
	}
	rows, err := result.RowsAffected()
	if err == nil && rows != 1 {
		err = fmt.Errorf("account %s/%s: %d rows of usage_accounts have its id %d and its name, want 1: was the database put back to an earlier state?",
			account.Namespace, account.Instance, rows, id)
	}
	return err
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// accountsByID are all accounts, and all namespaces. There are few of them.
func accountsByID(ctx context.Context, q querier) (map[int64]usage.Account, error) {
	rows, err := q.QueryContext(ctx, "SELECT id, namespace, instance FROM usage_accounts")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	accounts := map[int64]usage.Account{}
	for rows.Next() {
		var id int64
		var account usage.Account
		if err := rows.Scan(&id, &account.Namespace, &account.Instance); err != nil {
			return nil, err
		}
		accounts[id] = usage.Account{Namespace: untext(account.Namespace), Instance: untext(account.Instance)}
	}
	return accounts, rows.Err()
}
