package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// OpenSQLite opens a file, or makes it. One process has it at a time; another gets usage.ErrUnavailable, and may try again.
func OpenSQLite(ctx context.Context, path string, options Options) (usage.Store, error) {
	what := "open usage store " + path
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, unavailable(ctx, what, err)
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, unavailable(ctx, what, err)
	}
	// What is answered is on the disk: a commit waits for it.
	write, err := openFile(path, 1, "_txlock=immediate", "_pragma=journal_mode(WAL)", "_pragma=synchronous(FULL)", "_pragma=cache_size(-65536)",
		"_pragma=journal_size_limit(67108864)")
	if err != nil {
		lock.Close()
		return nil, unavailable(ctx, what, err)
	}
	if err := migrate(ctx, write, goose.DialectSQLite3, "sqlite"); err != nil {
		return nil, unavailable(ctx, what, errors.Join(err, write.Close(), lock.Close()))
	}
	read, err := openFile(path, options.readers(), "_pragma=query_only(1)", "_pragma=cache_size(-32768)")
	if err != nil {
		return nil, unavailable(ctx, what, errors.Join(err, write.Close(), lock.Close()))
	}
	s := newStore(sqlite{}, options, write, read, func() error {
		return errors.Join(read.Close(), write.Close(), lock.Close())
	})
	if err := s.prepare(ctx); err != nil {
		return nil, unavailable(ctx, what, errors.Join(err, s.Close()))
	}
	return s, nil
}

func openFile(path string, connections int, settings ...string) (*sql.DB, error) {
	settings = append(settings, "_pragma=busy_timeout(10000)", "_pragma=temp_store(MEMORY)", "_dqs=0")
	query := ""
	for i, setting := range settings {
		if i > 0 {
			query += "&"
		}
		query += setting
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+query)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

type sqlite struct{}

func (sqlite) placeholder(int) string { return "?" }

func (sqlite) instant(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// residual makes it an expression, which has no index.
func (sqlite) residual(column string) string { return "+" + column }

// beginning is all of it: an index takes any length.
func (sqlite) beginning(text string) (expression string, whole int) { return text, math.MaxInt }

// All records are in one table: they leave it in the order in which they came, which leaves whole pages free.
func (sqlite) prepareMonths(*change, []time.Time) error { return nil }

func (sqlite) isAboutValues(err error) bool {
	var answer *driver.Error
	if !errors.As(err, &answer) {
		return false
	}
	switch answer.Code() & 0xff { // what is above says more of the same
	case sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH:
		return true
	}
	return false
}
