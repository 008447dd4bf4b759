package usagetest

import (
	"fmt"
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// RunStoreRestore puts a database back to an earlier state under some stores that are open, and goes on with all of them. The
// backup gives what restores it.
func RunStoreRestore(t *testing.T, open Opener, stores int, backup func() (restore func() error)) {
	t.Helper()
	var all []*contract
	for range stores {
		c := &contract{T: t, open: open}
		c.reopen()
		all = append(all, c)
	}
	made := 0
	of := func(namespace string) usage.Record {
		record := charge(made)
		record.Namespace, record.Instance, record.Item = namespace, "of-"+namespace, "Print-"+namespace
		made++
		return record
	}
	for _, c := range all {
		c.append(of("kept"))
	}
	restore := backup()
	for _, c := range all {
		c.append(of("lost"), of("lost"), of("kept"))
	}
	all[0].check(restore())

	// A new account gets the id that the lost one had, and the positions go on behind those that were lost.
	want := map[string]int{"kept": stores}
	for n := range 5 * stores {
		name := fmt.Sprint("new-", n%2)
		all[0].append(of(name))
		want[name]++
	}
	for i := range all {
		c := all[len(all)-1-i]
		c.append(of("lost"), of("kept"))
		want["lost"]++
		want["kept"]++
	}
	for _, c := range all {
		records := c.read(usage.Query{})
		c.expectSums(records)
		got := map[string]int{}
		for _, record := range records {
			if record.Instance != "of-"+record.Namespace || record.Item != "Print-"+record.Namespace {
				c.Errorf("record %s of %s is stored as one of %s/%s", record.ID, record.Item, record.Namespace, record.Instance)
			}
			got[record.Namespace]++
		}
		if found := diff(want, got); found != "" {
			c.Errorf("records of each account (-want +got):\n%s", found)
		}
		for namespace := range want {
			c.expectBuckets(records, usage.Aggregation{Query: usage.Query{Namespace: namespace}, By: []usage.Dimension{usage.ByItem}})
		}
		c.check(c.Close())
	}
}
