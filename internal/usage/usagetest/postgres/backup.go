package postgres

import (
	"context"
	"fmt"
	"path/filepath"
)

// Dump writes a backup of a database, and gives what puts it back: whoever is connected stays connected.
func (c *Cluster) Dump(ctx context.Context, url string) (restore func() error, err error) {
	file := filepath.Join(c.dir, fmt.Sprintf("dump%d.sql", c.dumps.Add(1)))
	if err := c.run(ctx, "pg_dump", "--file", file, "--dbname", url); err != nil {
		return nil, err
	}
	return func() error {
		return c.run(ctx, "psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--single-transaction", "--dbname", url,
			"--command", "DROP SCHEMA public CASCADE", "--command", "CREATE SCHEMA public", "--file", file)
	}, nil
}
