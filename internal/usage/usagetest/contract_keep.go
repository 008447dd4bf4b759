package usagetest

import (
	"errors"
	"sync"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

func (c *contract) retain() {
	all := c.some(9, 400)
	cut := time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	month := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	c.check(c.Retain(c.Context(), cut))
	kept := selected(all, usage.Query{From: month})
	if len(kept) == len(all) || len(kept) == 0 {
		c.Fatalf("%d of %d records are to be kept", len(kept), len(all))
	}
	if found := diff(kept, c.read(usage.Query{})); found != "" {
		c.Fatalf("kept (-want +got):\n%s", found)
	}
	c.expectTotals(all)
	w := newWorld(10)
	for range 40 {
		c.expectBuckets(kept, usage.Aggregation{Query: w.query(all), By: []usage.Dimension{usage.ByMonth, usage.ByRequester}[:w.IntN(3)]})
	}
	c.check(c.Retain(c.Context(), cut))
	c.check(c.Retain(c.Context(), time.Time{}))
	if got := c.read(usage.Query{}); len(got) != len(kept) {
		c.Errorf("%d records are kept, want %d", len(got), len(kept))
	}
}

func (c *contract) retainedAgain() {
	c.append(charges(0, 10)...)
	totals := totalled(c.read(usage.Query{}), usage.Account{Namespace: "acme", Instance: "desktop"})
	c.check(c.Retain(c.Context(), began.AddDate(1, 0, 0)))
	c.expect()
	c.append(charges(0, 10)...) // from an outbox that did not hear that they were stored
	c.expect()
	got, err := c.Totals(c.Context(), usage.Account{Namespace: "acme", Instance: "desktop"})
	c.check(err)
	if found := diff(totals, got); found != "" {
		c.Errorf("totals (-want +got):\n%s", found)
	}
	c.append(charges(10, 12)...) // late, but new
	c.expect(charges(10, 12)...)
	c.expectBuckets(c.read(usage.Query{}), usage.Aggregation{By: []usage.Dimension{usage.ByDay}})
}

func (c *contract) retainMeanwhile() {
	old := func(n int) usage.Record {
		record := charge(n)
		record.Time = began.AddDate(-1, 0, n%28)
		return record
	}
	var stored []usage.Record
	for n := range 200 {
		stored = append(stored, old(n))
	}
	c.append(stored...)
	var all sync.WaitGroup
	all.Go(func() {
		for n := 200; n < 230; n++ {
			if err := c.Append(c.Context(), []usage.Record{old(2 * n), charge(2*n + 1)}); err != nil {
				c.Error(err)
			}
		}
	})
	for range 5 {
		if err := c.Retain(c.Context(), began); err != nil {
			c.Error(err)
		}
	}
	all.Wait()
	c.check(c.Retain(c.Context(), began))
	kept := c.read(usage.Query{})
	if len(kept) != 30 {
		c.Errorf("%d records are kept, want the 30 new ones", len(kept))
	}
	for _, by := range []usage.Dimension{usage.ByDay, usage.BySession, usage.ByHour} {
		c.expectBuckets(kept, usage.Aggregation{By: []usage.Dimension{by}})
	}
	totals, err := c.Totals(c.Context(), usage.Account{Namespace: "acme", Instance: "desktop"})
	if c.check(err); totals.Records != 260 {
		c.Errorf("the totals are of %d records, want 260", totals.Records)
	}
}

func (c *contract) restart() {
	c.some(11, 50)
	c.reopen()
	w := newWorld(11)
	again := w.records(50)
	c.append(again...)
	c.append(w.records(50)...)
	records := c.read(usage.Query{})
	if len(records) <= len(again) || records[len(records)-1].TransactionID != "t-100" {
		c.Fatalf("%d records are stored", len(records))
	}
	c.expectSums(records)
	c.reopen()
	if found := diff(records, c.read(usage.Query{})); found != "" {
		c.Errorf("(-before +after):\n%s", found)
	}
}

func (c *contract) closed() {
	c.append(charge(1))
	c.check(c.Close())
	c.check(c.Close())
	_, accounts := c.Accounts(c.Context())
	_, totals := c.Totals(c.Context(), usage.Account{})
	_, aggregate := c.Aggregate(c.Context(), usage.Aggregation{})
	var records error
	for _, err := range c.Records(c.Context(), usage.Query{}) {
		records = err
	}
	for what, err := range map[string]error{
		"accounts": accounts, "totals": totals, "aggregate": aggregate, "records": records,
		"append": c.Append(c.Context(), charges(2, 3)), "retain": c.Retain(c.Context(), began), "ping": c.Ping(c.Context()),
	} {
		if !errors.Is(err, usage.ErrUnavailable) {
			c.Errorf("%s: got %v, want that it is not available", what, err)
		}
	}
}

func (c *contract) ping() {
	c.check(c.Ping(c.Context()))
	c.append(charge(1))
	c.check(c.Ping(c.Context()))
	c.expect(charge(1))
}
