// Command usage measures a usage store that has a year of records: how fast it takes them, how much room they take, what the
// dashboard's questions cost, and by which plans they are answered.
//
// It prints a Markdown table, and the plans. The database and the callers share the machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
	"github.com/licensing-operator/licensing-operator/internal/usage/usagetest/postgres"
)

type arguments struct {
	records, batch, rounds int
	database, dir          string
	plans, drop            bool
}

func main() {
	var a arguments
	flag.IntVar(&a.records, "records", 10_000_000, "how many records a year has")
	flag.IntVar(&a.batch, "batch", 20_000, "how many records are stored at once, to get there")
	flag.IntVar(&a.rounds, "rounds", 5, "how often each question is asked; the median counts")
	flag.StringVar(&a.database, "database", "sqlite", "sqlite or postgresql")
	flag.StringVar(&a.dir, "dir", "", "where the SQLite file is, which is kept and used again; a directory that is deleted if empty")
	flag.BoolVar(&a.plans, "plans", true, "print the plans too")
	flag.BoolVar(&a.drop, "drop", true, "drop the first month at the end, which takes it from a file that is kept")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, a); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, a arguments) (err error) {
	b := &bench{arguments: a}
	options := sqlstore.Options{Trace: b.trace}
	switch a.database {
	case "sqlite":
		if b.dir == "" {
			if b.dir, err = os.MkdirTemp("", "usage"); err != nil {
				return err
			}
			defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
		}
		path := filepath.Join(b.dir, "usage.db")
		if b.Store, err = sqlstore.OpenSQLite(ctx, path, options); err != nil {
			return err
		}
		err = b.openPlans("sqlite", "file:"+path)
	case "postgresql":
		// As a server would be set up that has this to do.
		cluster, started := postgres.Start(ctx, "fsync=on", "shared_buffers=512MB", "max_wal_size=4GB", "work_mem=32MB")
		if started != nil {
			return started
		}
		defer func() { err = errors.Join(err, cluster.Remove()) }() //nolint:contextcheck // what was begun is ended whatever becomes of the context
		url, made := cluster.NewDatabase(ctx)
		if made != nil {
			return made
		}
		if b.Store, err = sqlstore.OpenPostgres(ctx, url, options); err != nil {
			return err
		}
		err = b.openPlans("pgx", url)
	default:
		return fmt.Errorf("-database: there is no %q", a.database)
	}
	defer func() { err = errors.Join(err, b.Close(), b.explain.Close()) }()
	return errors.Join(err, b.measure(ctx))
}
