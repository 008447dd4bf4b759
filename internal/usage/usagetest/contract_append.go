package usagetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// expect compares what is stored with records in their order, whatever their positions are.
func (c *contract) expect(want ...usage.Record) {
	c.Helper()
	got := c.read(usage.Query{})
	for i := range got {
		got[i].Position = 0
	}
	if found := diff(want, got); found != "" {
		c.Fatalf("stored (-want +got):\n%s", found)
	}
}

func (c *contract) roundTrip() {
	full := usage.Record{
		ID: "6f1c/1", TransactionID: "6f1c", Sequence: 1 << 40, CorrelationID: "7a2b", Kind: usage.Denial, Reason: "NotEnoughTokens",
		Time: time.Date(2026, 11, 22, 7, 22, 39, 123_456_000, time.UTC), Namespace: "acme", Instance: "desktop",
		SubjectKind: "Session", SubjectName: "s-1", SubjectUID: "0d9e", RequesterType: "user", RequesterValue: "ann@example.com", Caller: "key-7",
		ActivationID: "ACT01", Item: "PhotoPrint", Version: "2.0", Count: 1_500_000, Rate: 7, RateTable: "2026-01", Series: "print",
		ActionID: "render", Tokens: licensing.MaxTokens, LimitationID: "max-print", Units: -licensing.MaxTokens, Period: 12,
		PeriodStart: time.Date(2026, 11, 1, 0, 0, 0, 1_000, time.UTC), Message: "30 tokens required, 4 available",
		MetaData: json.RawMessage(`{ "b": 1.50, "a": [null] }`), Seal: "abcd",
	}
	least := usage.Record{
		ID: "8b3c/0", TransactionID: "8b3c", Kind: usage.Charge, Instance: "desktop", Time: time.Date(1969, 12, 31, 23, 59, 59, 1_000, time.UTC),
	}
	c.append(full, least)
	c.expect(full, least)
	elsewhere := full
	elsewhere.Time = full.Time.In(time.FixedZone("elsewhere", 3600))
	c.append(elsewhere) // the same point in time, and so the same record
	c.expect(full, least)
}

func (c *contract) unusualText() {
	var records []usage.Record
	for i, text := range []string{
		`it's "quoted"; DROP TABLE usage_records; --`, `back\slash \x00 $1 %s`, "emoji 🧾 \U0001F1E9\U0001F1EA, e\u0301, \u202Ertl", "nul\x00inside", "\x01\x000", "\x01",
		"line\r\nbreak\ttab\u2028", " spaces ", strings.Repeat("😀", 256), "É", "é",
	} {
		record := charge(i)
		record.Item, record.RequesterValue, record.SubjectName, record.SubjectUID, record.Message, record.Reason = text, text, text, text, text, text
		record.ActivationID, record.ActionID, record.Instance = text, text, text
		record.MetaData = json.RawMessage(`{"text":"\u0000 \ud83e\uddfe <&>"}`)
		records = append(records, record)
	}
	c.append(records...)
	c.expect(records...)
	for _, record := range records {
		for name, query := range map[string]usage.Query{
			"item": {Items: []string{record.Item}}, "requester": {Requesters: []string{record.Item}}, "session": {Sessions: []string{record.Item}},
			"instance": {Instances: []string{record.Item}},
		} {
			if got := c.read(query); len(got) != 1 || got[0].ID != record.ID {
				c.Errorf("%s %q selects %d records, want the one", name, record.Item, len(got))
			}
		}
		buckets, err := c.Aggregate(c.Context(), usage.Aggregation{By: []usage.Dimension{usage.ByItem}, Query: usage.Query{Items: []string{record.Item}}})
		if c.check(err); len(buckets) != 1 || buckets[0].Key[0] != record.Item {
			c.Errorf("item %q is added up as %v", record.Item, buckets)
		}
		totals, err := c.Totals(c.Context(), usage.Account{Namespace: record.Namespace, Instance: record.Instance})
		if c.check(err); totals.Used[record.ActivationID] != record.Tokens {
			c.Errorf("totals of line item %q: %v", record.ActivationID, totals.Used)
		}
	}
}

func (c *contract) largeMetaData() {
	var records []usage.Record
	for n := range 12 {
		record := charge(n)
		record.MetaData = json.RawMessage(`"` + string(bytes.Repeat([]byte{'a' + byte(n)}, 1<<20)) + `"`)
		records = append(records, record)
	}
	c.append(records...)
	c.expect(records...)
}

func (c *contract) order() {
	var records []usage.Record
	for n := range 300 { // as they come, not as their times are
		record := charge(n)
		record.Time = began.Add(-time.Duration(n*n%97) * time.Hour)
		records = append(records, record)
	}
	c.append(records[:1]...)
	c.append(records[1:200]...)
	c.append(records[200:]...)
	c.expect(records...)
	last := int64(0)
	for _, record := range c.read(usage.Query{}) {
		if record.Position <= last {
			c.Fatalf("position %d comes after position %d", record.Position, last)
		}
		last = record.Position
	}
}

func (c *contract) nothing() {
	c.append()
	c.expect()
}

func (c *contract) again() {
	c.append(charges(0, 10)...)
	before := c.read(usage.Query{})
	c.append(charges(0, 10)...)
	c.append(charges(5, 6)...)
	if found := diff(before, c.read(usage.Query{})); found != "" {
		c.Errorf("what was stored changed (-before +after):\n%s", found)
	}
	c.expectSums(before)
}

func (c *contract) againInPart() {
	c.append(charges(0, 10)...)
	c.append(charges(5, 15)...)
	c.append(charges(0, 20)...)
	c.expect(charges(0, 20)...)
	c.expectSums(c.read(usage.Query{}))
}

func (c *contract) twiceInOneBatch() {
	c.append(charge(1), charge(2), charge(1), charge(1), charge(3), charge(2))
	c.expect(charge(1), charge(2), charge(3))
	c.expectSums(c.read(usage.Query{}))
}

func (c *contract) conflicts() {
	c.append(charges(0, 10)...)
	for name, change := range map[string]func(*usage.Record){
		"tokens":   func(r *usage.Record) { r.Tokens++ },
		"time":     func(r *usage.Record) { r.Time = r.Time.AddDate(0, 2, 0) },
		"instance": func(r *usage.Record) { r.Instance = "cloud" },
		"kind":     func(r *usage.Record) { r.Kind = usage.Refund },
		"metaData": func(r *usage.Record) { r.MetaData = json.RawMessage(`{}`) },
	} {
		other := charge(7)
		change(&other)
		err := c.Append(c.Context(), append(charges(8, 20), other))
		if !errors.Is(err, usage.ErrConflict) || errors.Is(err, usage.ErrUnavailable) || !strings.Contains(err.Error(), other.ID) {
			c.Errorf("another %s: got %v, want a conflict that names the id", name, err)
		}
	}
	c.expect(charges(0, 10)...)
	c.expectSums(c.read(usage.Query{}))
}

func (c *contract) conflictsInOneBatch() {
	other := charge(3)
	other.Tokens++
	err := c.Append(c.Context(), append(charges(0, 10), other))
	if !errors.Is(err, usage.ErrConflict) || !strings.Contains(err.Error(), other.ID) {
		c.Errorf("got %v, want a conflict that names the id", err)
	}
	c.expect()
}

// deniedAgain is what an operator does after a restart: the user still waits.
func (c *contract) deniedAgain() {
	denial := charge(3)
	denial.Kind, denial.Reason, denial.Tokens = usage.Denial, "UserLimitReached", 0
	c.append(append(charges(0, 3), denial)...)
	again := denial
	again.Sequence, again.Time, again.Message = denial.Sequence+40, denial.Time.AddDate(0, 1, 0), "the limit was raised and reached again"
	thrice := again
	thrice.Sequence++
	c.append(again, thrice, charge(4))
	c.expect(append(charges(0, 3), denial, charge(4))...)
	c.expectSums(c.read(usage.Query{}))
	other := again
	other.Kind = usage.Charge
	if err := c.Append(c.Context(), []usage.Record{other}); !errors.Is(err, usage.ErrConflict) {
		c.Errorf("a charge with the id of a denial: got %v, want a conflict", err)
	}
}

func (c *contract) refusesIncomplete() {
	for name, change := range map[string]func(*usage.Record){
		"no id":                 func(r *usage.Record) { r.ID = "" },
		"no transaction":        func(r *usage.Record) { r.TransactionID = "" },
		"id of another":         func(r *usage.Record) { r.ID = "other/0" },
		"id of the transaction": func(r *usage.Record) { r.ID = r.TransactionID },
		"no time":               func(r *usage.Record) { r.Time = time.Time{} },
		"no instance":           func(r *usage.Record) { r.Instance = "" },
		"no kind":               func(r *usage.Record) { r.Kind = "" },
	} {
		incomplete := charge(3)
		change(&incomplete)
		err := c.Append(c.Context(), append(charges(0, 3), incomplete))
		if err == nil || errors.Is(err, usage.ErrUnavailable) || !strings.Contains(err.Error(), "records[3]") {
			c.Errorf("%s: got %v, want an error that names the record", name, err)
		}
	}
	c.expect()
}

func (c *contract) concurrentOverlap() {
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for from := 0; from < 100; from += 10 { // each in an order of its own, and each record by several
				first := (from + worker*30) % 100
				if err := c.Append(c.Context(), charges(first, first+25)); err != nil {
					c.Error(err)
				}
			}
		})
	}
	all.Wait()
	records := c.read(usage.Query{})
	if len(records) != 115 {
		c.Errorf("%d records are stored, want 115", len(records))
	}
	c.expectSums(records)
}
