package main

import (
	"context"
	"fmt"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// question is one that the dashboard, a client or an auditor asks.
type question struct {
	name string
	ask  func(context.Context) (answers int, err error)
}

func (b *bench) questions() []question {
	one := []string{instanceOf(7 * usersOfEach)}
	now := ended.Add(-9*time.Hour - 17*time.Minute - 3*time.Second)
	month, week := now.AddDate(0, 0, -30), now.AddDate(0, 0, -7)
	add := func(query usage.Query, top int, by ...usage.Dimension) func(context.Context) (int, error) {
		query.Namespace = namespace
		return func(ctx context.Context) (int, error) {
			buckets, err := b.Aggregate(ctx, usage.Aggregation{Query: query, By: by, Top: top})
			return len(buckets), err
		}
	}
	list := func(query usage.Query) func(context.Context) (int, error) {
		query.Namespace = namespace
		return func(ctx context.Context) (n int, err error) {
			for _, err := range b.Records(ctx, query) {
				if err != nil {
					return n, err
				}
				n++
			}
			return n, nil
		}
	}
	last30 := usage.Query{From: month.Truncate(24 * time.Hour), To: ended}
	return []question{
		{"tokens by day and item, 30 days, all instances", add(last30, 0, usage.ByDay, usage.ByItem)},
		{"the same to the minute", add(usage.Query{From: month, To: now}, 0, usage.ByDay, usage.ByItem)},
		{"tokens by day and item, the year, all instances", add(usage.Query{}, 0, usage.ByDay, usage.ByItem)},
		{"tokens by day and item, the year, one instance", add(usage.Query{Instances: one}, 0, usage.ByDay, usage.ByItem)},
		{"the 20 users with the most tokens, 30 days, all instances", add(last30, 20, usage.ByRequester)},
		{"the 20 users with the most tokens, the year, all instances", add(usage.Query{}, 20, usage.ByRequester)},
		{"tokens by day and user, 30 days, one instance", add(usage.Query{Instances: one, From: last30.From}, 0, usage.ByDay, usage.ByRequester)},
		{"tokens by user and item, 30 days, one instance", add(usage.Query{Instances: one, From: last30.From}, 0, usage.ByRequester, usage.ByItem)},
		{"tokens by hour and line item, 7 days, all instances", add(usage.Query{From: week.Truncate(time.Hour)}, 0, usage.ByHour, usage.ByLineItem)},
		{"burn rate of each line item, 7 days to the second, all instances", add(usage.Query{From: week, To: now}, 0, usage.ByInstance, usage.ByLineItem)},
		{"tokens by month and instance, the year", add(usage.Query{}, 0, usage.ByMonth, usage.ByInstance)},
		{"denials by reason and item, 30 days, all instances", add(usage.Query{From: last30.From, Kinds: []usage.Kind{usage.Denial}}, 0, usage.ByReason, usage.ByItem)},
		{"tokens by session, a day, one instance", add(usage.Query{Instances: one, From: now.AddDate(0, 0, -1), To: now}, 0, usage.BySession)},
		{"100 records of a day, one instance", list(usage.Query{Instances: one, From: now.AddDate(0, 0, -1), To: now, Limit: 100})},
		{"100 records of a day, three instances", list(usage.Query{
			Instances: []string{instanceOf(0), instanceOf(9 * usersOfEach), instanceOf(11 * usersOfEach)}, From: now.AddDate(0, 0, -1), Limit: 100,
		})},
		{"the denials of a day, all instances", list(usage.Query{From: now.AddDate(0, 0, -1), Kinds: []usage.Kind{usage.Denial}, Limit: 1000})},
		{"100 records of a user in March", list(usage.Query{Requesters: []string{"user-300@example.com"}, From: began.AddDate(0, 2, 0), To: began.AddDate(0, 3, 0), Limit: 100})},
		{"the bill of a session", list(usage.Query{Sessions: []string{b.sample.Session()}})},
		{"the records of a transaction", list(usage.Query{TransactionIDs: []string{b.sample.TransactionID}})},
		{"what is new after a position", list(usage.Query{After: b.last - 100})},
		{"the totals of an account", func(ctx context.Context) (int, error) {
			totals, err := b.Totals(ctx, usage.Account{Namespace: namespace, Instance: one[0]})
			return len(totals.Used), err
		}},
		{fmt.Sprintf("an export of %d records", exported), list(usage.Query{After: b.last / 2, Limit: exported})},
	}
}

const exported = 50_000
