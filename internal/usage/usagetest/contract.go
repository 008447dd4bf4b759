package usagetest

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Opener opens one store, again and again: what was stored before is there. What is open is closed before it is opened again.
type Opener func(ctx context.Context) (usage.Store, error)

// contract is one test's view of a store.
type contract struct {
	*testing.T
	usage.Store

	open Opener
}

// RunStoreContract tests what all who use a store rely on. The factory gives an empty one each time.
func RunStoreContract(t *testing.T, factory func(*testing.T) Opener) {
	t.Helper()
	tests := []struct {
		name string
		test func(*contract)
	}{
		{"every field of a record survives the trip", (*contract).roundTrip},
		{"text that is seldom seen survives the trip", (*contract).unusualText},
		{"text of any length survives the trip, and is found", (*contract).longText},
		{"a megabyte of metaData survives the trip", (*contract).largeMetaData},
		{"records are given in the order in which they were stored", (*contract).order},
		{"nothing is stored of nothing", (*contract).nothing},
		{"what is stored again is stored once", (*contract).again},
		{"of what is stored in part the rest is stored", (*contract).againInPart},
		{"a record that is twice in one batch is stored once", (*contract).twiceInOneBatch},
		{"a record with the id of another one is refused with its whole batch", (*contract).conflicts},
		{"two other records of one id in one batch are refused", (*contract).conflictsInOneBatch},
		{"a denial that comes again is the first one", (*contract).deniedAgain},
		{"a record that says too little is refused with its whole batch", (*contract).refusesIncomplete},
		{"many who store the same store it once", (*contract).concurrentOverlap},
		{"a reader that follows misses nothing and sees nothing twice", (*contract).follow},
		{"a slow reader holds up nobody", (*contract).slowReader},
		{"accounts that come while records are read are given to nobody else, and to theirs in time", (*contract).newcomers},
		{"every filter selects what it says", (*contract).filters},
		{"a session is not another one of its name", (*contract).sessions},
		{"filters together select what all of them do", (*contract).filtersTogether},
		{"pages are the same whatever is stored in between", (*contract).pages},
		{"an answer that ends early leaves nothing behind", (*contract).endsEarly},
		{"buckets are what adding up one by one gives", (*contract).aggregates},
		{"times on the boundary of hours, days and months count once", (*contract).boundaries},
		{"the top are those with the most tokens used", (*contract).top},
		{"what cannot be added up by is refused", (*contract).refusesDimensions},
		{"more buckets than there may be are refused", (*contract).bounds},
		{"sums beyond the largest amount are exact, and totals beyond it are reported", (*contract).overflow},
		{"totals are what adding up one by one gives", (*contract).totals},
		{"a newer period of a limitation begins from zero", (*contract).periods},
		{"totals of an account without records are empty", (*contract).emptyTotals},
		{"the newest position is known although its record was dropped", (*contract).newest},
		{"the key of positions stays", (*contract).positionKey},
		{"accounts are listed once each", (*contract).accounts},
		{"whole months are dropped, and their totals kept", (*contract).retain},
		{"what was dropped does not come back", (*contract).retainedAgain},
		{"what was dropped is known, of each account", (*contract).dropped},
		{"whoever follows while months are dropped learns what they passed over", (*contract).droppedMeanwhile},
		{"months are dropped while records are stored", (*contract).retainMeanwhile},
		{"all is there after a restart", (*contract).restart},
		{"whoever gives up stores all or nothing", (*contract).canceled},
		{"a store that is closed is not available", (*contract).closed},
		{"a store that can be written to says so", (*contract).ping},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := &contract{T: t, open: factory(t)}
			c.reopen()
			t.Cleanup(func() { c.Close() }) //nolint:errcheck // the tests that close look at it
			test.test(c)
		})
	}
}

// reopen opens the store, or opens it again.
func (c *contract) reopen() {
	c.Helper()
	if c.Store != nil {
		c.check(c.Close())
	}
	store, err := c.open(c.Context())
	c.check(err)
	c.Store = store
}

func (c *contract) check(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

func (c *contract) append(records ...usage.Record) {
	c.Helper()
	c.check(c.Append(c.Context(), records))
}

// read gives what the query selects.
func (c *contract) read(query usage.Query) (records []usage.Record) {
	c.Helper()
	for record, err := range c.Records(c.Context(), query) {
		c.check(err)
		records = append(records, record)
	}
	return records
}

// diff shows how two values differ, if they do.
func diff(want, got any) string {
	return cmp.Diff(want, got, cmp.Comparer(func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }))
}
