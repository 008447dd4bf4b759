package usagetest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// batchOfCrash is how many records each append of AppendForever has.
const batchOfCrash = 7

// AppendForever stores batch after batch, and writes down the number of each that is stored.
func AppendForever(ctx context.Context, store usage.Store, acknowledged io.Writer) error {
	for n := 0; ; n++ {
		if err := store.Append(ctx, charges(n*batchOfCrash, (n+1)*batchOfCrash)); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(acknowledged, n); err != nil {
			return err
		}
	}
}

// RunStoreCrash kills programs that are AppendForever, all at once, and looks for what they wrote down.
func RunStoreCrash(t *testing.T, open Opener, programs ...func() *exec.Cmd) {
	t.Helper()
	for kill := range 4 {
		lasts := make([]int, len(programs))
		var all sync.WaitGroup
		for i, program := range programs {
			all.Go(func() { lasts[i] = runAndKill(t, program(), 3+kill*9) })
		}
		all.Wait()
		last := slices.Max(lasts)
		c := &contract{T: t, open: open}
		c.reopen()
		c.check(c.Ping(c.Context())) // behind what a program that was killed had begun to commit
		c.expectAcknowledged(last)
		c.append(charges(0, (last+2)*batchOfCrash)...) // what an outbox does that does not know what is stored
		c.expectSums(c.read(usage.Query{}))
		c.check(c.Close())
	}
}

// expectAcknowledged looks for the batches up to one.
func (c *contract) expectAcknowledged(last int) {
	c.Helper()
	records := c.read(usage.Query{})
	if len(records) < (last+1)*batchOfCrash || len(records)%batchOfCrash != 0 {
		c.Errorf("%d records are stored, want %d at least, in whole batches of %d", len(records), (last+1)*batchOfCrash, batchOfCrash)
	}
	for i, record := range records {
		if want := charge(i); record.ID != want.ID {
			c.Fatalf("records[%d] is %s, want %s", i, record.ID, want.ID)
		}
	}
	c.expectSums(records)
}

// RunServerCrash restarts a server under a store that is open, while records are stored.
func RunServerCrash(t *testing.T, open Opener, restart func() error) {
	t.Helper()
	c := &contract{T: t, open: open}
	c.reopen()
	for next := range 3 {
		const each = 60
		stored := make(chan int, each)
		go c.storeAll(next*each, (next+1)*each, stored)
		for range each / 3 {
			<-stored
		}
		c.check(restart())
		for range stored {
		}
		c.reopen() // a reader may still meet a connection of before
		c.expectAcknowledged((next+1)*each - 1)
	}
	c.check(c.Close())
}

// storeAll does what an outbox does, which goes on with the next batch when this one is acknowledged.
func (c *contract) storeAll(from, to int, stored chan<- int) {
	defer close(stored)
	for next := from; next < to && c.Context().Err() == nil; {
		err := c.Append(c.Context(), charges(next*batchOfCrash, (next+1)*batchOfCrash))
		switch {
		case err == nil:
			stored <- next
			next++
		case !errors.Is(err, usage.ErrUnavailable):
			c.Errorf("got %v, want that the store is not available", err)
			return
		}
	}
}

// runAndKill gives the number of the last batch that was written down.
func runAndKill(t *testing.T, program *exec.Cmd, batches int) (last int) {
	t.Helper()
	output, err := program.StdoutPipe()
	if err == nil {
		err = program.Start()
	}
	if err != nil {
		t.Error(err)
		return -1
	}
	lines := bufio.NewScanner(output)
	last = -1
	for lines.Scan() {
		if last, err = strconv.Atoi(lines.Text()); err != nil {
			t.Error(err)
		}
		if batches--; batches == 0 {
			if err := program.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	program.Wait() //nolint:errcheck // it was killed
	if batches > 0 {
		t.Errorf("the program ended by itself, after batch %d", last)
	}
	return last
}
