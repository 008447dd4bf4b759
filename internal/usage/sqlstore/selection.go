package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// clause wants a column to have one of several values, or none of them.
type clause struct {
	column string
	values []any
	not    bool
	// when is the condition of the column's partial index, if it has one.
	when string
	// long is set if the column's index may have the beginning of its values only.
	long bool
}

// unlessEmpty says that the column's index has no empty values, if none is asked for.
func (c clause) unlessEmpty() clause {
	if !slices.Contains(c.values, any("")) {
		c.when = c.column + " <> ''"
	}
	return c
}

// choice is met by what meets all clauses of one of its branches, the first of which has an index. No record meets two.
type choice [][]clause

// selection is a query, in terms of the table of records.
type selection struct {
	// choices are in the order in which they are likely to select least.
	choices  []choice
	others   []clause
	from, to time.Time
	// first and last bound the positions.
	first, last int64
	// none is set if nothing can be selected.
	none bool
}

// mostPositions bounds how many records may be asked for by their transactions.
const mostPositions = 10_000

// selectRecords resolves what the query names in other tables.
func selectRecords(ctx context.Context, q querier, query usage.Query, accounts map[int64]usage.Account) (selection, error) {
	s := selection{from: bound(query.From), to: bound(query.To), first: 1, last: 1<<63 - 1}
	if !query.From.IsZero() || !query.To.IsZero() {
		if err := s.boundPositions(ctx, q); err != nil {
			return s, err
		}
	}
	if len(query.TransactionIDs) > 0 {
		positions, err := positionsOf(ctx, q, query.TransactionIDs)
		if err != nil {
			return s, err
		}
		s.none = s.none || len(positions) == 0
		s.choose(clause{column: "position", values: positions})
	}
	s.chooseSessions(query.Sessions)
	s.choose(clause{column: "correlation_id", values: texts(query.CorrelationIDs), long: true}.unlessEmpty())
	s.choose(clause{column: "requester_value", values: texts(query.Requesters), long: true})
	if len(query.Kinds) == 1 && query.Kinds[0] == usage.Denial {
		s.choose(clause{column: "kind", values: texts(query.Kinds), when: "kind = 'Denial'"})
	} else {
		s.other("kind", texts(query.Kinds))
	}
	if ids, all := accountIDs(query, accounts); !all {
		s.none = s.none || len(ids) == 0
		s.choose(clause{column: "account", values: ids})
	}
	s.other("reason", texts(query.Reasons))
	s.other("activation_id", texts(query.ActivationIDs))
	s.other("item", texts(query.Items))
	s.other("limitation_id", texts(query.LimitationIDs))
	return s, nil
}

func (s *selection) choose(c clause) {
	if len(c.values) > 0 {
		s.choices = append(s.choices, choice{{c}})
	}
}

// chooseSessions looks for the ids in both columns: only the id itself tells which of them has it.
func (s *selection) chooseSessions(ids []string) {
	if len(ids) == 0 {
		return
	}
	byUID := clause{column: "subject_uid", values: texts(ids), long: true}
	either := choice{{byUID.unlessEmpty()}}
	if names := texts(usage.SessionNames(ids)); len(names) > 0 {
		byUID.not = true
		either = append(either, []clause{clause{column: "subject_name", values: names, long: true}.unlessEmpty(), byUID})
	}
	s.choices = append(s.choices, either)
}

func (s *selection) other(column string, values []any) {
	if len(values) > 0 {
		s.others = append(s.others, clause{column: column, values: values})
	}
}

func texts[S ~string](list []S) []any {
	values := make([]any, 0, len(list))
	for _, value := range list {
		if stored := any(text(string(value))); !slices.Contains(values, stored) {
			values = append(values, stored)
		}
	}
	return values
}

// accountIDs are those that the query is about, unless it is about all there are.
func accountIDs(query usage.Query, accounts map[int64]usage.Account) (ids []any, all bool) {
	all = true
	for id, account := range accounts {
		switch {
		case account.Instance == "":
		case (query.Namespace == "" || query.Namespace == account.Namespace) &&
			(query.Instances == nil || slices.Contains(query.Instances, account.Instance)):
			ids = append(ids, id)
		default:
			all = false
		}
	}
	return ids, all && len(ids) > 0
}

// namespaceIDs are those of the namespaces that the query is about.
func namespaceIDs(query usage.Query, accounts map[int64]usage.Account) (ids []any) {
	for id, account := range accounts {
		if account.Instance == "" && (query.Namespace == "" || query.Namespace == account.Namespace) {
			ids = append(ids, id)
		}
	}
	return ids
}

// boundPositions finds the positions of the hours. Records that came late only widen the range.
func (s *selection) boundPositions(ctx context.Context, q querier) error {
	where, args := []string{"1 = 1"}, []any{}
	if !s.from.IsZero() {
		args = append(args, hourOf(s.from))
		where = append(where, fmt.Sprintf("hour >= $%d", len(args)))
	}
	if !s.to.IsZero() {
		args = append(args, hourOf(s.to.Add(-1)))
		where = append(where, fmt.Sprintf("hour <= $%d", len(args)))
	}
	var first, last sql.NullInt64
	err := q.QueryRowContext(ctx, "SELECT min(first), max(last) FROM usage_hours WHERE "+strings.Join(where, " AND "), args...).Scan(&first, &last)
	if err != nil {
		return err
	}
	s.none = s.none || !first.Valid
	s.first, s.last = first.Int64, last.Int64
	return nil
}

// positionsOf are those of the records of transactions, whose ids begin with the transaction's and a slash.
func positionsOf(ctx context.Context, q querier, transactions []string) ([]any, error) {
	var positions []any
	for _, transaction := range texts(transactions) {
		prefix := transaction.(string) //nolint:forcetypeassert // texts gives strings
		rows, err := q.QueryContext(ctx, "SELECT position FROM usage_ids WHERE id > $1 AND id < $2", prefix+"/", prefix+"0")
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		for rows.Next() {
			var position int64
			if err := rows.Scan(&position); err != nil {
				return nil, err
			}
			positions = append(positions, position)
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
		if len(positions) > mostPositions {
			return nil, refuse("transactionIds: they have more than %d records: ask for fewer at a time", mostPositions)
		}
	}
	return positions, nil
}
