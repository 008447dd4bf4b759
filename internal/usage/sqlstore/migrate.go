package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the tables up to date. Tables that are newer than this program it leaves alone.
func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect, dir string, options ...goose.ProviderOption) error {
	files, err := fs.Sub(migrations, "migrations/"+dir)
	if err != nil {
		return err
	}
	options = append(options, goose.WithTableName("usage_version"), goose.WithDisableGlobalRegistry(true))
	provider, err := goose.NewProvider(dialect, db, files, options...)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return err
	}
	there, known, err := provider.GetVersions(ctx)
	if err != nil {
		return err
	}
	if there > known {
		return refuse("the tables are of version %d, and this program knows version %d only: run the newer one", there, known)
	}
	return makePositionKey(ctx, db)
}
