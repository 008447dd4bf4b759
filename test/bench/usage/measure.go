package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// bench is one run.
type bench struct {
	arguments
	usage.Store

	// explain is a connection of its own, for plans.
	explain *sql.DB
	prefix  string
	traced  []traced
	last    int64
	sample  usage.Record
}

type traced struct {
	statement string
	args      []any
}

func (b *bench) trace(statement string, args []any) {
	b.traced = append(b.traced, traced{statement, args})
}

func (b *bench) openPlans(driver, place string) (err error) {
	b.prefix = "EXPLAIN QUERY PLAN "
	if driver == "pgx" {
		b.prefix = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) "
	}
	b.explain, err = sql.Open(driver, place)
	return err
}

func (b *bench) measure(ctx context.Context) error {
	if err := b.fill(ctx); err != nil {
		return err
	}
	if err := b.look(ctx); err != nil {
		return err
	}
	fmt.Printf("\n| what is asked of %d records | answers | median | slowest |\n|---|---:|---:|---:|\n", b.records)
	var plans strings.Builder
	for _, question := range b.questions() {
		var took []time.Duration
		var answers int
		for range b.rounds {
			b.traced = nil
			began := time.Now()
			var err error
			if answers, err = question.ask(ctx); err != nil {
				return fmt.Errorf("%s: %w", question.name, err)
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		fmt.Printf("| %s | %d | %s | %s |\n", question.name, answers, round(took[len(took)/2]), round(took[len(took)-1]))
		if b.plans {
			fmt.Fprintf(&plans, "\n%s:\n", question.name)
			if err := b.plan(ctx, &plans); err != nil {
				return err
			}
		}
	}
	fmt.Println(plans.String())
	return b.measureDrop(ctx)
}

// fill stores the year, unless it is there.
func (b *bench) fill(ctx context.Context) error {
	accounts, err := b.Accounts(ctx)
	if err != nil || len(accounts) > 0 {
		return err
	}
	all := newYear(b.records)
	start, lap := time.Now(), time.Now()
	for batch := all.next(b.batch); len(batch) > 0; batch = all.next(b.batch) {
		if err := b.Append(ctx, batch); err != nil {
			return err
		}
		if time.Since(lap) > 30*time.Second {
			lap = time.Now()
			fmt.Fprintf(os.Stderr, "%d of %d records after %s\n", all.made, b.records, round(time.Since(start)))
		}
	}
	fmt.Printf("%d cores. %s: %d records in batches of %d: %.0f records per second. ", runtime.NumCPU(), b.database, b.records, b.batch,
		float64(b.records)/time.Since(start).Seconds())
	return b.measureSmall(ctx)
}

// measureSmall stores what an operator does: a few records at a time.
func (b *bench) measureSmall(ctx context.Context) error {
	for _, size := range []int{1, 20} {
		more := newYear(1)
		var took []time.Duration
		for range 50 {
			more.records += size
			batch := more.next(size)
			for i := range batch {
				batch[i].Time = ended.Add(-time.Second)
			}
			start := time.Now()
			if err := b.Append(ctx, batch); err != nil {
				return err
			}
			took = append(took, time.Since(start))
		}
		slices.Sort(took)
		fmt.Printf("Then %d at a time: %s (median). ", size, round(took[len(took)/2]))
	}
	fmt.Println()
	return nil
}

// look finds out what there is to ask for, and how much room it takes.
func (b *bench) look(ctx context.Context) error {
	for record, err := range b.Records(ctx, usage.Query{From: began.AddDate(0, 6, 0), Kinds: []usage.Kind{usage.Charge}, Limit: 1}) {
		if err != nil {
			return err
		}
		b.sample = record
	}
	accounts, err := b.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, account := range accounts {
		totals, err := b.Totals(ctx, account)
		if err != nil {
			return err
		}
		b.last = max(b.last, totals.Position)
	}
	var bytes int64
	if b.database == "sqlite" {
		info, err := os.Stat(filepath.Join(b.dir, "usage.db"))
		if err != nil {
			return err
		}
		bytes = info.Size()
	} else if err := b.explain.QueryRowContext(ctx, "SELECT pg_database_size(current_database())").Scan(&bytes); err != nil {
		return err
	}
	fmt.Printf("They take %d MiB.\n", bytes>>20)
	return nil
}

// plan writes how the statements of the last question are answered.
func (b *bench) plan(ctx context.Context, to *strings.Builder) error {
	seen := map[string]bool{}
	for _, traced := range b.traced {
		if seen[traced.statement] {
			continue
		}
		seen[traced.statement] = true
		rows, err := b.explain.QueryContext(ctx, b.prefix+traced.statement, traced.args...)
		if err != nil {
			return err
		}
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		fields := make([]any, len(columns))
		var line string
		for i := range fields {
			fields[i] = new(any)
		}
		fields[len(fields)-1] = &line
		for rows.Next() {
			if err := rows.Scan(fields...); err != nil {
				return err
			}
			fmt.Fprintln(to, "   ", line)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		fmt.Fprintln(to)
	}
	return nil
}

// measureDrop drops a month while records are stored.
func (b *bench) measureDrop(ctx context.Context) error {
	if !b.drop {
		return nil
	}
	done := make(chan error)
	start := time.Now()
	go func() { done <- b.Retain(ctx, began.AddDate(0, 1, 0)) }()
	more := newYear(1)
	var slowest time.Duration
	for {
		select {
		case err := <-done:
			fmt.Printf("To drop a month takes %s, during which to store a record takes %s at most.\n", round(time.Since(start)), round(slowest))
			return err
		default:
		}
		more.records++
		batch := more.next(1)
		batch[0].Time = ended.Add(-time.Second)
		before := time.Now()
		if err := b.Append(ctx, batch); err != nil {
			return err
		}
		slowest = max(slowest, time.Since(before))
	}
}

func round(d time.Duration) time.Duration {
	if d < 10*time.Millisecond {
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(time.Millisecond)
}
