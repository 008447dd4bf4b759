package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Aggregate adds up, in one snapshot, as much as it can from sums, and the rest from records.
func (s *store) Aggregate(ctx context.Context, aggregation usage.Aggregation) ([]usage.Bucket, error) {
	const what = "add up usage records"
	if err := checkDimensions(aggregation.By); err != nil {
		return nil, unavailable(ctx, what, err)
	}
	tx, err := s.read.BeginTx(ctx, snapshot)
	if err != nil {
		return nil, unavailable(ctx, what, err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was changed
	a := adder{store: s, ctx: ctx, tx: tx, query: aggregation.Query, fold: newFold(aggregation)}
	if a.accounts, err = accountsByID(ctx, tx); err != nil {
		return nil, unavailable(ctx, what, err)
	}
	for _, segment := range needOf(aggregation).plan(bound(aggregation.From), bound(aggregation.To)) {
		if segment.cube != nil {
			err = a.addSums(segment)
		} else {
			err = a.addRecords(segment)
		}
		if err != nil {
			return nil, unavailable(ctx, what, err)
		}
	}
	return a.fold.result(aggregation.Top), nil
}

func checkDimensions(by []usage.Dimension) error {
	if len(by) > mostDimensions {
		return refuse("by: %d dimensions are asked for, at most %d are possible", len(by), mostDimensions)
	}
	for i, dimension := range by {
		if !slices.Contains(usage.Dimensions(), dimension) {
			return refuse("by: there is no dimension %q; there are %v", dimension, usage.Dimensions())
		}
		if slices.Contains(by[:i], dimension) {
			return refuse("by: %s is named twice", dimension)
		}
	}
	return nil
}

// adder is an aggregation under way.
type adder struct {
	store    *store
	ctx      context.Context //nolint:containedctx // an adder lives as long as the call that adds up
	tx       *sql.Tx
	query    usage.Query
	accounts map[int64]usage.Account
	fold     *fold
}

// addSums reads the sums of a cube.
func (a *adder) addSums(segment segment) error {
	ids, _ := accountIDs(a.query, a.accounts)
	if segment.cube.together {
		ids = namespaceIDs(a.query, a.accounts)
	}
	if len(ids) == 0 {
		return nil
	}
	shown := a.shown()
	wanted := a.wanted()
	s := &statement{dialect: a.store.dialect}
	s.WriteString("SELECT r.account, r.hour, r.records, r.charged, r.charged_micros, r.refunded, r.refunded_micros, r.units, r.units_micros")
	for _, part := range shown {
		s.WriteString(", s." + string(part))
	}
	s.WriteString(" FROM usage_rollups r")
	if len(shown)+len(wanted) > 0 {
		s.WriteString(" JOIN usage_series s ON s.id = r.series")
	}
	fmt.Fprintf(s, " WHERE r.cube = %s", s.arg(segment.cube.id))
	if !segment.from.IsZero() {
		fmt.Fprintf(s, " AND r.hour >= %s", s.arg(hourOf(segment.from)))
	}
	if !segment.to.IsZero() {
		fmt.Fprintf(s, " AND r.hour < %s", s.arg(hourOf(segment.to)))
	}
	for _, clause := range append(wanted, clause{column: "r.account", values: ids}) {
		s.WriteString(" AND ")
		s.clause(clause, false)
	}
	return a.read(s, func(rows *sql.Rows) error { return a.takeSum(rows, shown) })
}

// shown are the parts that the buckets' keys have.
func (a *adder) shown() (shown []part) {
	for _, by := range a.fold.by {
		if p, ok := partBy[by]; ok {
			shown = append(shown, p)
		}
	}
	return shown
}

// wanted are the parts that have to have one of some values.
func (a *adder) wanted() (wanted []clause) {
	for _, c := range []clause{
		{column: "s.kind", values: texts(a.query.Kinds)},
		{column: "s.reason", values: texts(a.query.Reasons)},
		{column: "s.activation_id", values: texts(a.query.ActivationIDs)},
		{column: "s.item", values: texts(a.query.Items)},
		{column: "s.requester_value", values: texts(a.query.Requesters)},
		{column: "s.limitation_id", values: texts(a.query.LimitationIDs)},
	} {
		if len(c.values) > 0 {
			wanted = append(wanted, c)
		}
	}
	return wanted
}

// addRecords reads the records themselves.
func (a *adder) addRecords(segment segment) error {
	query := a.query
	query.From, query.To = segment.from, segment.to
	selection, err := selectRecords(a.ctx, a.tx, query, a.accounts)
	if err != nil || selection.none {
		return err
	}
	branches := [][]clause{nil}
	if len(selection.choices) > 0 { // in no order, so that all values of a branch are looked up together
		branches = selection.choices[0]
		selection = selection.without(0)
	}
	for _, branch := range branches {
		s := &statement{dialect: a.store.dialect}
		s.WriteString(`SELECT account, time, activation_id, item, requester_value, kind, reason, limitation_id, subject_kind, subject_name,
			subject_uid, tokens, units FROM usage_records`)
		s.where(selection, branch, 0)
		if err := a.read(s, a.takeRecord); err != nil {
			return err
		}
	}
	return nil
}

func (a *adder) takeRecord(rows *sql.Rows) error {
	var account int64
	var at instant
	var r usage.Record
	if err := rows.Scan(&account, &at, &r.ActivationID, &r.Item, &r.RequesterValue, &r.Kind, &r.Reason, &r.LimitationID,
		&r.SubjectKind, &r.SubjectName, &r.SubjectUID, &r.Tokens, &r.Units); err != nil {
		return err
	}
	r.Time = at.Time
	bucket, err := a.bucket(account, r)
	if err == nil {
		bucket.Add(r)
	}
	return err
}

func (a *adder) takeSum(rows *sql.Rows, shown []part) error {
	var account, hour int64
	var r usage.Record
	var sum sums
	fields := append(make([]any, 0, 9+len(shown)), &account, &hour, &sum.records, &sum.charged.whole, &sum.charged.micros,
		&sum.refunded.whole, &sum.refunded.micros, &sum.units.whole, &sum.units.micros)
	for _, part := range shown {
		fields = append(fields, field(&r, part))
	}
	if err := rows.Scan(fields...); err != nil {
		return err
	}
	r.Time = timeOf(hour)
	bucket, err := a.bucket(account, r)
	if err == nil {
		bucket.Merge(sum.bucket())
	}
	return err
}

// bucket is the one of what was read as it is stored.
func (a *adder) bucket(account int64, r usage.Record) (*usage.Bucket, error) {
	r.Instance = a.accounts[account].Instance
	for _, stored := range []*string{&r.ActivationID, &r.Item, &r.RequesterValue, &r.Reason, &r.LimitationID, &r.SubjectName, &r.SubjectUID} {
		*stored = untext(*stored)
	}
	r.Kind = usage.Kind(untext(string(r.Kind)))
	return a.fold.bucket(r)
}

func (a *adder) read(s *statement, take func(*sql.Rows) error) error {
	rows, err := a.store.query(a.ctx, a.tx, s)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := take(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
