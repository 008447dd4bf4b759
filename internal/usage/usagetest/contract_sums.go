package usagetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// expectSums compares sums of all kinds with what adding up the records one by one gives.
func (c *contract) expectSums(records []usage.Record) {
	c.Helper()
	c.expectTotals(records)
	for _, by := range usage.Dimensions() {
		c.expectBuckets(records, usage.Aggregation{By: []usage.Dimension{by}})
	}
}

func (c *contract) expectTotals(records []usage.Record) {
	c.Helper()
	accounts, err := c.Accounts(c.Context())
	c.check(err)
	for _, account := range accounts {
		totals, err := c.Totals(c.Context(), account)
		c.check(err)
		if found := diff(totalled(records, account), totals); found != "" {
			c.Errorf("totals of %v (-want +got):\n%s", account, found)
		}
	}
}

func (c *contract) expectBuckets(records []usage.Record, a usage.Aggregation) {
	c.Helper()
	buckets, err := c.Aggregate(c.Context(), a)
	if err != nil {
		c.Fatalf("%+v: %v", a, err)
	}
	if found := diff(aggregated(records, a), buckets); found != "" {
		c.Fatalf("%+v (-want +got):\n%s", a, found)
	}
}

// some makes records, stores them in batches, and gives them as they are read back.
func (c *contract) some(seed uint64, transactions int) []usage.Record {
	c.Helper()
	for batch := range slices.Chunk(newWorld(seed).records(transactions), 70) {
		c.append(batch...)
	}
	return c.read(usage.Query{})
}

func (c *contract) aggregates() {
	records := c.some(1, 500)
	w := newWorld(2)
	dimensions := usage.Dimensions()
	for range 300 {
		a := usage.Aggregation{Query: w.query(records), Top: w.IntN(2) * w.IntN(5)}
		for _, i := range w.Perm(len(dimensions))[:w.IntN(4)] {
			a.By = append(a.By, dimensions[i])
		}
		c.expectBuckets(records, a)
	}
}

func (c *contract) boundaries() {
	month := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	var edges []time.Time
	for _, edge := range []time.Time{
		month, month.AddDate(0, 1, 0), month.AddDate(0, 0, 10), month.Add(5 * time.Hour), month.AddDate(0, 0, 10).Add(7 * time.Hour), time.Unix(0, 0).UTC(),
	} {
		edges = append(edges, edge.Add(-time.Microsecond), edge, edge.Add(time.Microsecond))
	}
	for i, edge := range edges {
		record := charge(i)
		record.Time = edge
		c.append(record)
	}
	edges = append(edges, month.Add(1), month.Add(-1)) // finer than what is stored
	records := c.read(usage.Query{})
	for _, from := range append(edges, time.Time{}) {
		for _, to := range append(edges, time.Time{}) {
			query := usage.Query{From: from, To: to}
			if found := diff(selected(records, query), c.read(query)); found != "" {
				c.Fatalf("%v (-want +got):\n%s", query, found)
			}
			for _, by := range [][]usage.Dimension{{}, {usage.ByHour}, {usage.ByDay, usage.ByRequester}, {usage.ByMonth}} {
				c.expectBuckets(records, usage.Aggregation{Query: query, By: by})
			}
		}
	}
}

func (c *contract) top() {
	for n, tokens := range []licensing.Tokens{5, 40, 30, 30, 10} {
		record := charge(n)
		record.RequesterValue, record.Tokens = fmt.Sprint("user-", n), tokens
		refund := charge(100 + n)
		refund.RequesterValue, refund.Kind, refund.Tokens = record.RequesterValue, usage.Refund, tokens/10*licensing.Tokens(n)
		c.append(record, refund)
	}
	buckets, err := c.Aggregate(c.Context(), usage.Aggregation{By: []usage.Dimension{usage.ByRequester}, Top: 3})
	c.check(err)
	want := []usage.Bucket{
		{Key: []string{"user-1"}, Records: 2, Charged: licensing.SumOf(0, 40), Refunded: licensing.SumOf(0, 4)},
		{Key: []string{"user-2"}, Records: 2, Charged: licensing.SumOf(0, 30), Refunded: licensing.SumOf(0, 6)},
		{Key: []string{"user-3"}, Records: 2, Charged: licensing.SumOf(0, 30), Refunded: licensing.SumOf(0, 9)},
	}
	if found := diff(want, buckets); found != "" {
		c.Errorf("(-want +got):\n%s", found)
	}
}

func (c *contract) refusesDimensions() {
	for name, by := range map[string][]usage.Dimension{
		"four":      {usage.ByItem, usage.ByKind, usage.ByDay, usage.ByReason},
		"one twice": {usage.ByItem, usage.ByItem},
		"unknown":   {"color"},
	} {
		if _, err := c.Aggregate(c.Context(), usage.Aggregation{By: by}); err == nil || errors.Is(err, usage.ErrUnavailable) {
			c.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
}

// exactSums adds up what overflow stores, in all ways that there are.
func (c *contract) exactSums(from time.Time) {
	c.Helper()
	records := c.read(usage.Query{})
	for _, by := range usage.Dimensions() {
		for _, query := range []usage.Query{{}, {From: from}, {Kinds: []usage.Kind{usage.Consumption}}} {
			for _, top := range []int{0, 1} {
				c.expectBuckets(records, usage.Aggregation{Query: query, By: []usage.Dimension{by}, Top: top})
			}
		}
	}
	buckets, err := c.Aggregate(c.Context(), usage.Aggregation{By: []usage.Dimension{usage.ByKind}})
	c.check(err)
	got := map[string]string{}
	for _, b := range buckets {
		got[b.Key[0]] = fmt.Sprintf("%d: charged %s, units %s", b.Records, b.Charged, b.Units)
	}
	if found := diff(map[string]string{
		"Charge":      "3: charged 27670116110564.327421, units 0",
		"Consumption": "2: charged 0, units 16000000000000",
		"Rollback":    "2: charged 0, units -16000000000000",
	}, got); found != "" {
		c.Errorf("(-want +got):\n%s", found)
	}
}

func (c *contract) overflow() {
	var records []usage.Record
	for n := range 3 {
		record := charge(n)
		record.Tokens, record.ActionID = licensing.MaxTokens, "render"
		records = append(records, record)
	}
	for n := range 2 { // each of them is given back, so that there is nothing wrong with its account
		consumption := charge(20 + n)
		consumption.Kind, consumption.Item, consumption.Tokens = usage.Consumption, "", 0
		consumption.Instance, consumption.LimitationID, consumption.Units = "cloud", "max-print", 8_000_000_000_000*licensing.Token
		rollback := consumption
		rollback.TransactionID = fmt.Sprint("rollback-", n)
		rollback.ID, rollback.Kind, rollback.Units = rollback.TransactionID+"/0", usage.Rollback, -consumption.Units
		records = append(records, consumption, rollback)
	}
	c.append(records...)
	c.expect(records...)
	c.exactSums(began)
	c.exactSums(began.Add(time.Second)) // at either end of the time from records
	account := usage.Account{Namespace: "acme", Instance: "desktop"}
	if _, err := c.Totals(c.Context(), account); !errors.Is(err, licensing.ErrOverflow) || errors.Is(err, usage.ErrUnavailable) {
		c.Errorf("got %v, want an overflow", err)
	}
	for n := range 2 { // each of them alone is as much as there can be
		refund := charge(10 + n)
		refund.Kind, refund.Tokens, refund.ActionID = usage.Refund, licensing.MaxTokens, "render"
		c.append(refund)
	}
	totals, err := c.Totals(c.Context(), account)
	if c.check(err); totals.Used["ACT01"] != licensing.MaxTokens {
		c.Errorf("used is %v, want %v", totals.Used["ACT01"], licensing.MaxTokens)
	}
}

func (c *contract) totals() {
	c.expectTotals(c.some(3, 600))
}

func (c *contract) periods() {
	consumption := func(n int, period int64, units licensing.Tokens) usage.Record {
		record := charge(n)
		record.Kind, record.Item, record.Tokens, record.LimitationID, record.Units, record.Period = usage.Consumption, "", 0, "max-print", units, period
		if n%2 == 0 {
			record.PeriodStart = began.AddDate(0, int(period), 0)
		}
		return record
	}
	c.append(consumption(1, 1, 5), consumption(2, 2, 7), consumption(3, 2, 1), consumption(4, 1, 100))
	c.expectTotals(c.read(usage.Query{}))
	c.append(consumption(5, 0, 3))
	c.expectTotals(c.read(usage.Query{}))
	c.append(consumption(7, 3, 2), consumption(6, 3, 2), consumption(9, 2, 50))
	c.expectTotals(c.read(usage.Query{}))
}

func (c *contract) emptyTotals() {
	c.append(charge(1))
	totals, err := c.Totals(c.Context(), usage.Account{Namespace: "acme", Instance: "unknown"})
	c.check(err)
	if found := diff(totalled(nil, usage.Account{}), totals); found != "" {
		c.Errorf("(-want +got):\n%s", found)
	}
}

func (c *contract) accounts() {
	var want []usage.Account
	for _, namespace := range []string{"a", "b"} {
		for _, instance := range []string{"x", "y"} {
			record := charge(len(want))
			record.Namespace, record.Instance = namespace, instance
			c.append(record)
			record = charge(100 + len(want))
			record.Namespace, record.Instance = namespace, instance
			c.append(record)
			want = append(want, usage.Account{Namespace: namespace, Instance: instance})
		}
	}
	got, err := c.Accounts(c.Context())
	c.check(err)
	if found := diff(want, got); found != "" {
		c.Errorf("(-want +got):\n%s", found)
	}
}
