package usage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // registers the driver

	"github.com/licensing-operator/licensing-operator/internal/config"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
)

// storeVariable says which store the operator has, as usage.store.type does.
const storeVariable = "USAGE_STORE"

// database is what records are kept in.
type database interface {
	configure(c *config.OperatorConfiguration)
	// replicas is how many operator processes may share it.
	replicas() int
	// stop makes it answer nobody until start.
	stop(ctx context.Context) error
	start(ctx context.Context) error
	// open is for when no operator has it open any more.
	open(ctx context.Context) (usage.Store, error)
	remove() error
}

func newDatabase(ctx context.Context) (database, error) {
	dir, err := os.MkdirTemp("", "licensing-usage-")
	if err != nil {
		return nil, err
	}
	switch kind := os.Getenv(storeVariable); kind {
	case "", config.UsageStoreSQLite:
		return &file{dir: dir}, nil
	case config.UsageStorePostgreSQL:
		return newServer(ctx, dir)
	default:
		return nil, fmt.Errorf("%s=%s: must be %s or %s", storeVariable, kind, config.UsageStoreSQLite, config.UsageStorePostgreSQL)
	}
}

// file is SQLite's.
type file struct {
	dir    string
	locked *sql.DB
}

func (f *file) path() string { return filepath.Join(f.dir, "usage.db") }

func (f *file) replicas() int { return 1 }

func (f *file) configure(c *config.OperatorConfiguration) { c.Usage.Store.SQLite.Path = f.path() }

// stop takes the lock of the file, as a backup tool does that has lost its way.
func (f *file) stop(ctx context.Context) (err error) {
	if f.locked, err = sql.Open("sqlite", "file:"+f.path()+"?_pragma=busy_timeout(10000)"); err != nil {
		return err
	}
	f.locked.SetMaxOpenConns(1)
	_, err = f.locked.ExecContext(ctx, "BEGIN IMMEDIATE")
	return err
}

func (f *file) start(ctx context.Context) error {
	_, err := f.locked.ExecContext(ctx, "ROLLBACK")
	return errors.Join(err, f.locked.Close())
}

func (f *file) open(ctx context.Context) (usage.Store, error) {
	return sqlstore.OpenSQLite(ctx, f.path(), sqlstore.Options{})
}

func (f *file) remove() error { return os.RemoveAll(f.dir) }
