package usagetest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

func (c *contract) expectSelected(records []usage.Record, query usage.Query) {
	c.Helper()
	if found := diff(selected(records, query), c.read(query)); found != "" {
		c.Fatalf("%+v (-want +got):\n%s", query, found)
	}
}

func (c *contract) filters() {
	records := c.some(4, 300)
	none := []string{"none of them"}
	for name, query := range map[string]usage.Query{
		"namespace": {Namespace: "acme"}, "unknown namespace": {Namespace: "none"},
		"instance": {Instances: []string{"lab"}}, "instances": {Namespace: "other", Instances: []string{"lab", "cloud", "lab"}},
		"no instance": {Instances: []string{}}, "unknown instance": {Instances: none},
		"kind": {Kinds: []usage.Kind{usage.Refund}}, "kinds": {Kinds: []usage.Kind{usage.Charge, usage.Denial}}, "denials": {Kinds: []usage.Kind{usage.Denial}},
		"reason": {Reasons: []string{"Ended"}}, "line item": {ActivationIDs: []string{"ACT02"}}, "items": {Items: []string{"PhotoPrint", "PhotoScan"}},
		"requester": {Requesters: []string{"eve"}}, "unknown requester": {Requesters: none},
		"session by uid": {Sessions: []string{"uid-3"}}, "session by id": {Sessions: []string{overREST}},
		"session by both": {Sessions: []string{overREST, "uid-3", "uid-4"}}, "session by name": {Sessions: []string{"render"}}, "unknown session": {Sessions: none},
		"transaction": {TransactionIDs: []string{"t-7"}}, "transactions": {TransactionIDs: []string{"t-70", "t-8", "t-9999"}}, "part of an id": {TransactionIDs: []string{"t-"}},
		"correlation": {CorrelationIDs: []string{"c-1"}}, "correlations": {CorrelationIDs: []string{"c-2", "c-1"}},
		"limitation": {LimitationIDs: []string{"#seat"}},
		"from":       {From: began.AddDate(0, 1, 0)}, "to": {To: began.AddDate(0, 1, 0)}, "a while": {From: began.AddDate(0, 1, 3), To: began.AddDate(0, 1, 9)},
		"no time": {From: began.AddDate(9, 0, 0)},
		"after":   {After: records[200].Position}, "limit": {Limit: 7}, "both": {After: records[100].Position, Limit: 150},
	} {
		c.Logf("%s", name)
		c.expectSelected(records, query)
	}
}

// sessions are told apart by what clients know them by: by the name only where that is a UUID.
func (c *contract) sessions() {
	const older, later = "0c8f3a5d-7f5d-4c0e-8a57-5f0c2c9e9b10", "9b1a3f60-2b53-4c0b-9a0e-1d0e7c1f2a34"
	for n, session := range []struct{ name, uid string }{{"render", older}, {"render", later}, {overREST, "11111111-2b53-4c0b-9a0e-1d0e7c1f2a34"}, {"render", later}} {
		record := charge(n)
		record.SubjectKind, record.SubjectName, record.SubjectUID = "Session", session.name, session.uid
		c.append(record)
	}
	for id, want := range map[string]int64{
		older: 1, later: 2, overREST: 1, "11111111-2b53-4c0b-9a0e-1d0e7c1f2a34": 1, "render": 0,
	} {
		selected := int64(len(c.read(usage.Query{Sessions: []string{id}})))
		var counted int64
		buckets, err := c.Aggregate(c.Context(), usage.Aggregation{Query: usage.Query{Sessions: []string{id}}})
		c.check(err)
		for _, bucket := range buckets {
			counted += bucket.Records
		}
		if selected != want || counted != want {
			c.Errorf("session %s has %d records, and %d are counted, want %d", id, selected, counted, want)
		}
	}
	buckets, err := c.Aggregate(c.Context(), usage.Aggregation{By: []usage.Dimension{usage.BySession}})
	c.check(err)
	got := map[string]int64{}
	for _, bucket := range buckets {
		got[bucket.Key[0]] = bucket.Records
	}
	if found := diff(map[string]int64{older: 1, later: 2, overREST: 1}, got); found != "" {
		c.Errorf("by session (-want +got):\n%s", found)
	}
}

// query is one with some filters, most of which select something.
func (w *world) query(records []usage.Record) (q usage.Query) {
	like := records[w.IntN(len(records))]
	other := records[w.IntN(len(records))]
	maybe := func(most int, set func()) {
		if w.IntN(most) == 0 {
			set()
		}
	}
	maybe(3, func() { q.Namespace = like.Namespace })
	maybe(3, func() { q.Instances = []string{like.Instance, other.Instance} })
	maybe(4, func() { q.Kinds = []usage.Kind{like.Kind} })
	maybe(6, func() { q.Kinds = append(q.Kinds, other.Kind) })
	maybe(6, func() { q.Reasons = []string{like.Reason} })
	maybe(6, func() { q.ActivationIDs = []string{like.ActivationID} })
	maybe(6, func() { q.Items = []string{like.Item, other.Item} })
	maybe(5, func() { q.Requesters = []string{like.RequesterValue} })
	maybe(8, func() { q.Sessions = []string{like.SubjectUID, other.SubjectName} })
	maybe(12, func() { q.TransactionIDs = []string{like.TransactionID, other.TransactionID} })
	maybe(12, func() { q.CorrelationIDs = []string{"c-1"} })
	maybe(8, func() { q.LimitationIDs = []string{like.LimitationID} })
	units := []time.Duration{1, time.Hour, 24 * time.Hour}
	maybe(2, func() { q.From = like.Time.Truncate(units[w.IntN(3)]) })
	maybe(2, func() { q.To = other.Time.Truncate(units[w.IntN(3)]) })
	maybe(10, func() { q.From = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) })
	return q
}

func (c *contract) filtersTogether() {
	records := c.some(5, 300)
	w := newWorld(6)
	for range 300 {
		query := w.query(records)
		query.After, query.Limit = int64(w.IntN(2)*w.IntN(len(records))), w.IntN(2)*w.IntN(40)
		c.expectSelected(records, query)
	}
}

func (c *contract) pages() {
	c.some(7, 200)
	query := usage.Query{Namespace: "acme", Kinds: []usage.Kind{usage.Charge, usage.Refund, usage.Denial}, Limit: 9}
	w := newWorld(8)
	w.made = 10_000
	var paged []usage.Record
	for {
		page := c.read(query)
		paged = append(paged, page...)
		if len(page) < query.Limit {
			break
		}
		query.After = page[len(page)-1].Position
		if len(paged) < 100 {
			c.append(w.records(3)...)
		}
	}
	query.After, query.Limit = 0, 0
	if found := diff(c.read(query), paged); found != "" {
		c.Errorf("all at once, and by pages (-want +got):\n%s", found)
	}
}

func (c *contract) endsEarly() {
	c.append(charges(0, 500)...)
	for range 50 { // more than there are connections
		for _, err := range c.Records(c.Context(), usage.Query{}) {
			c.check(err)
			break
		}
	}
	c.append(charge(500))
	if got := len(c.read(usage.Query{})); got != 501 {
		c.Errorf("%d records, want 501", got)
	}
}

// slowReader is what a download over a slow line is.
func (c *contract) slowReader() {
	c.append(charges(0, 300)...)
	read := 0
	for _, err := range c.Records(c.Context(), usage.Query{}) {
		c.check(err)
		if read++; read%60 == 0 {
			ctx, cancel := context.WithTimeout(c.Context(), time.Minute)
			c.check(c.Append(ctx, charges(1000+read, 1000+read+2)))
			_, err := c.Aggregate(ctx, usage.Aggregation{})
			c.check(err)
			cancel()
		}
		if read == 300 {
			break
		}
	}
}

// newcomers follows one namespace, to whose reader all accounts there are belong at first.
func (c *contract) newcomers() {
	const old = 300
	c.append(charges(0, old)...)
	from := func(n int, namespace, instance string) usage.Record {
		record := charge(n)
		record.Namespace, record.Instance = namespace, instance
		return record
	}
	came := false
	var seen []string
	for after := int64(-1); ; {
		query, before := usage.Query{Namespace: "acme", After: max(after, 0)}, after
		for record, err := range c.Records(c.Context(), query) {
			c.check(err)
			if record.Namespace != "acme" {
				c.Fatalf("record %s of namespace %s was given to a reader of acme", record.ID, record.Namespace)
			}
			seen, after = append(seen, record.ID), record.Position
			if !came {
				came = true
				c.append(from(old, "rival", "lab"), from(old+1, "acme", "newcomer"), charge(old+2), from(old+3, "rival", "lab"))
			}
		}
		if after == before {
			break
		}
	}
	var want []string
	for _, record := range append(charges(0, old), charge(old+1), charge(old+2)) {
		want = append(want, record.ID)
	}
	if found := diff(want, seen); found != "" {
		c.Errorf("(-want +got):\n%s", found)
	}
}

func (c *contract) follow() {
	const writers, each = 4, 40
	ctx, cancel := context.WithTimeout(c.Context(), time.Minute)
	defer cancel()
	var all sync.WaitGroup
	for writer := range writers {
		all.Go(func() {
			for n := 0; n < each; n += 2 {
				first := writer*each + n
				if err := c.Append(ctx, charges(first, first+2)); err != nil {
					c.Error(err)
					return
				}
			}
		})
	}
	seen := map[string]bool{}
	for after := int64(0); len(seen) < writers*each && ctx.Err() == nil && !c.Failed(); {
		for record, err := range c.Records(ctx, usage.Query{After: after}) {
			c.check(err)
			if seen[record.ID] || record.Position <= after {
				c.Fatalf("record %s at position %d comes again, or too late: %d was seen", record.ID, record.Position, after)
			}
			seen[record.ID], after = true, record.Position
		}
	}
	all.Wait()
	if len(seen) != writers*each {
		c.Errorf("%d records were seen, want %d", len(seen), writers*each)
	}
}

func (c *contract) canceled() {
	for n := range 20 {
		ctx, cancel := context.WithTimeout(c.Context(), time.Duration(n)*time.Millisecond)
		err := c.Append(ctx, charges(n*100, n*100+100))
		cancel()
		stored := len(c.read(usage.Query{From: charge(n * 100).Time, To: charge(n*100 + 100).Time}))
		switch {
		case err == nil && stored != 100, stored != 0 && stored != 100:
			c.Errorf("of 100 records %d are stored, and the answer was %v", stored, err)
		case err != nil && (!errors.Is(err, usage.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded)):
			c.Errorf("got %v, want that the time was over", err)
		}
	}
	ctx, cancel := context.WithCancel(c.Context())
	cancel()
	for _, err := range c.Records(ctx, usage.Query{}) {
		if !errors.Is(err, usage.ErrUnavailable) || !errors.Is(err, context.Canceled) {
			c.Errorf("read: got %v, want that it was canceled", err)
		}
	}
	c.check(c.Ping(c.Context())) // behind a commit that nobody waits for any more
	c.expectSums(c.read(usage.Query{}))
}
