package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"

	"github.com/licensing-operator/licensing-operator/internal/usage/opaque"
)

// makePositionKey is for tables that have none. Of processes that make one at once the first succeeds.
func makePositionKey(ctx context.Context, db *sql.DB) error {
	key := make([]byte, opaque.KeyBytes)
	rand.Read(key)
	_, err := db.ExecContext(ctx, "UPDATE usage_counter SET position_key = $1 WHERE position_key IS NULL", key)
	return err
}

// PositionKey reads it each time: a backup may be restored under an operator that runs.
func (s *store) PositionKey(ctx context.Context) (key []byte, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT position_key FROM usage_counter").Scan(&key)
	if err != nil {
		return nil, unavailable(ctx, "read the key of positions of the usage store", err)
	}
	return key, nil
}
