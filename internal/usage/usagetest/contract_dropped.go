package usagetest

import (
	"errors"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

func (c *contract) wantDropped(query usage.Query, want usage.Dropped) {
	c.Helper()
	got, err := c.Dropped(c.Context(), query)
	if c.check(err); got.Position != want.Position || !got.KeptFrom.Equal(want.KeptFrom) {
		c.Errorf("of what %+v selects %+v was dropped, want %+v", query, got, want)
	}
}

// dropped has records of two accounts in January, of one in February, and one of January that comes late.
func (c *contract) dropped() {
	january := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	february, march := january.AddDate(0, 1, 0), january.AddDate(0, 2, 0)
	of := func(n int, instance string, at time.Time) usage.Record {
		record := charge(n)
		record.Instance, record.Time = instance, at
		return record
	}
	desktop, lab := usage.Query{Namespace: "acme", Instances: []string{"desktop"}}, usage.Query{Namespace: "acme", Instances: []string{"lab"}}
	c.append(of(0, "lab", january), of(1, "desktop", february.Add(-time.Second)), of(2, "lab", february))
	positions := []int64{}
	for _, record := range c.read(usage.Query{}) {
		positions = append(positions, record.Position)
	}
	c.check(c.Retain(c.Context(), january)) // which is nothing
	c.wantDropped(usage.Query{}, usage.Dropped{})

	c.check(c.Retain(c.Context(), february))
	c.wantDropped(usage.Query{}, usage.Dropped{Position: positions[1], KeptFrom: february})
	c.wantDropped(desktop, usage.Dropped{Position: positions[1], KeptFrom: february})
	c.wantDropped(lab, usage.Dropped{Position: positions[0], KeptFrom: february})
	c.wantDropped(usage.Query{Namespace: "other"}, usage.Dropped{KeptFrom: february})
	c.wantDropped(usage.Query{Instances: []string{}}, usage.Dropped{KeptFrom: february})
	c.wantDropped(usage.Query{Kinds: []usage.Kind{usage.Denial}, To: january}, usage.Dropped{Position: positions[1], KeptFrom: february})
	c.wantDropped(usage.Query{From: february.Add(-1)}, usage.Dropped{Position: positions[1], KeptFrom: february})
	c.wantDropped(usage.Query{From: february}, usage.Dropped{KeptFrom: february})

	c.append(of(3, "lab", january)) // late
	late := c.read(lab)[1].Position
	c.wantDropped(lab, usage.Dropped{Position: positions[0], KeptFrom: february})
	c.check(c.Retain(c.Context(), february))
	c.wantDropped(lab, usage.Dropped{Position: late, KeptFrom: february})
	c.wantDropped(desktop, usage.Dropped{Position: positions[1], KeptFrom: february})
	// What is kept stands before it. Whoever leaves out what is not whole any more misses nothing.
	for _, query := range []usage.Query{{}, desktop, lab} {
		query.From = february
		c.wantDropped(query, usage.Dropped{KeptFrom: february})
	}
	if kept := c.read(usage.Query{After: positions[0], From: february}); len(kept) != 1 || kept[0].Position != positions[2] {
		c.Errorf("from %s on there is %+v, want what is at position %d", february, kept, positions[2])
	}
	c.check(c.Retain(c.Context(), march))
	c.check(c.Retain(c.Context(), february))
	c.wantDropped(usage.Query{}, usage.Dropped{Position: late, KeptFrom: march})
	c.reopen()
	c.wantDropped(usage.Query{}, usage.Dropped{Position: late, KeptFrom: march})
	c.check(c.Close())
	if _, err := c.Dropped(c.Context(), usage.Query{}); !errors.Is(err, usage.ErrUnavailable) {
		c.Errorf("of a store that is closed: got %v, want that it is not available", err)
	}
}

// droppedMeanwhile follows positions while months are dropped: whatever was passed over is told.
func (c *contract) droppedMeanwhile() {
	const months, each = 6, 300
	for month := range months {
		var records []usage.Record
		for n := range each {
			record := charge(month*each + n)
			record.Time = began.AddDate(0, month, 0)
			records = append(records, record)
		}
		c.append(records...)
	}
	following := map[int64]int64{}
	last := int64(0)
	for _, record := range c.read(usage.Query{}) {
		following[last], last = record.Position, record.Position
	}
	done := make(chan error, 1)
	go func() {
		for month := range months {
			if err := c.Retain(c.Context(), began.AddDate(0, month, 0)); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for after := following[0]; ; {
		page := c.read(usage.Query{After: after, Limit: 40})
		dropped, err := c.Dropped(c.Context(), usage.Query{})
		c.check(err)
		if dropped.Passes(after) {
			after = dropped.Position
			continue
		}
		if len(page) == 0 {
			break
		}
		for _, record := range page {
			if record.Position != following[after] {
				c.Fatalf("position %d follows %d, and nothing was said to be dropped behind %d", record.Position, after, dropped.Position)
			}
			after = record.Position
		}
	}
	c.check(<-done)
}
