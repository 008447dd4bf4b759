package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// writers is how many connections are left to those who store: one changes something, one comes in place of another that is
// being given up.
const writers = 2

// connectTimeout is that of a server that takes a connection and says nothing, unless the URL has another.
const connectTimeout = 30 * time.Second

// OpenPostgres opens the tables in the schema that is the first of the user's search path, or makes them. Several processes
// may have them open.
func OpenPostgres(ctx context.Context, url string, options Options) (usage.Store, error) {
	const what = "open usage store in PostgreSQL"
	config, err := poolOf(url, options)
	if err != nil {
		return nil, unavailable(ctx, what, err) // it leaves the password out
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, unavailable(ctx, what, err)
	}
	write, read := stdlib.OpenDBFromPool(pool), stdlib.OpenDBFromPool(pool)
	read.SetMaxOpenConns(options.readers()) // or those who read would take the connections of those who store
	closing := func() error {
		err := errors.Join(read.Close(), write.Close())
		pool.Close()
		return err
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err == nil {
		err = migrate(ctx, write, goose.DialectPostgres, "postgres", goose.WithSessionLocker(locker))
	}
	if err != nil {
		return nil, unavailable(ctx, what, errors.Join(err, closing()))
	}
	return newStore(postgres{}, options, write, read, closing), nil
}

// poolOf leaves alone what the URL sets.
func poolOf(url string, options Options) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(options.readers()) + writers //nolint:gosec // a handful
	set := func(name, value string) {
		if _, ok := config.ConnConfig.RuntimeParams[name]; !ok {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	if config.ConnConfig.ConnectTimeout == 0 { // whoever opens the tables has more time than that: they may be upgraded
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	set("application_name", "licensing-operator")
	set("timezone", "UTC")
	// A process that is gone without a word must not hold the counter's lock for long.
	set("idle_in_transaction_session_timeout", "30s")
	set("tcp_user_timeout", "30s")
	config.AfterConnect = waitForDisk
	return config, nil
}

// waitForDisk has a commit wait until it is on the disk, whatever the server's default is. More than that is left as it is.
func waitForDisk(ctx context.Context, connection *pgx.Conn) error {
	_, err := connection.Exec(ctx, `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`)
	return err
}

type postgres struct{}

func (postgres) placeholder(n int) string { return "$" + strconv.Itoa(n) }

func (postgres) instant(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// residual leaves the choice to the database, which knows what is in the columns.
func (postgres) residual(column string) string { return column }

// beginning is as migration 00002 has it. It counts characters.
func (postgres) beginning(text string) (expression string, whole int) {
	return "left(" + text + ", 512)", 512
}

// partition is the table of a month.
func partition(month time.Time) string { return month.Format("usage_records_y2006m01") }

// prepareMonths makes the tables that are not there. One that is attached does not have to wait for readers, as one that is
// made in its place would.
func (postgres) prepareMonths(c *change, months []time.Time) error {
	for _, month := range months {
		name := partition(month)
		var found bool
		if err := c.QueryRowContext(c.ctx, "SELECT to_regclass($1) IS NOT NULL", name).Scan(&found); err != nil {
			return err
		}
		if found {
			continue
		}
		if err := c.exec(fmt.Sprintf("CREATE TABLE %s (LIKE usage_records INCLUDING ALL)", name)); err != nil {
			return err
		}
		if err := c.exec(fmt.Sprintf("ALTER TABLE usage_records ATTACH PARTITION %s FOR VALUES FROM ('%s') TO ('%s')",
			name, month.Format(time.RFC3339), month.AddDate(0, 1, 0).Format(time.RFC3339))); err != nil {
			return err
		}
	}
	return nil
}

// A month is dropped when nobody reads. Whoever comes after that waits so long, and appends with them.
const (
	dropWait  = "2s"
	dropTries = 15
)

const lockNotAvailable = "55P03"

func (postgres) drop(ctx context.Context, s *store, before time.Time) error {
	months, err := partitions(ctx, s.read)
	if err != nil {
		return unavailable(ctx, "list the months of usage records", err)
	}
	for _, month := range months {
		if !month.Before(before) {
			continue
		}
		what := fmt.Sprintf("drop the usage records of %s", month.Format("2006-01"))
		err := s.change(ctx, what, dropMonth(month, before))
		for tries := 1; tries < dropTries && isCode(err, lockNotAvailable); tries++ {
			err = s.change(ctx, what, dropMonth(month, before))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func dropMonth(month, before time.Time) func(*change) error {
	return func(c *change) error {
		if err := c.exec("SET LOCAL lock_timeout = '" + dropWait + "'"); err != nil {
			return err
		}
		// Another process may have dropped it meanwhile.
		var found bool
		if err := c.QueryRowContext(c.ctx, "SELECT to_regclass($1) IS NOT NULL", partition(month)).Scan(&found); err != nil || !found {
			return err
		}
		// An index has the last position of each account.
		if err := c.markDropped(before, fmt.Sprintf(`(SELECT id AS account,
			(SELECT max(position) FROM %s WHERE account = usage_accounts.id) AS position FROM usage_accounts) AS last`, partition(month))); err != nil {
			return err
		}
		if err := c.exec("DROP TABLE " + partition(month)); err != nil {
			return err
		}
		return c.dropSums(month, month.AddDate(0, 1, 0))
	}
}

// partitions are the months there are tables of, oldest first.
func partitions(ctx context.Context, db *sql.DB) (months []time.Time, err error) {
	rows, err := db.QueryContext(ctx, `SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
		WHERE inhparent = 'usage_records'::regclass ORDER BY relname`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		if month, err := time.Parse("usage_records_y2006m01", name); err == nil {
			months = append(months, month)
		}
	}
	return months, rows.Err()
}

func isCode(err error, code string) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && answer.Code == code
}

// isAboutValues knows by the class: 22 is a value that no column takes, 23 one that goes against a constraint, 54 one that is larger
// than the program can handle. What may be otherwise later is in other classes: 08 connection, 25 and 40 transaction, 53 memory, disk
// and connections, 55 locks, 57 whoever stopped it, 58 the system, XX the server's own faults. 42 is about the tables.
func (postgres) isAboutValues(err error) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && slices.Contains([]string{"22", "23", "54"}, answer.Code[:min(2, len(answer.Code))])
}
