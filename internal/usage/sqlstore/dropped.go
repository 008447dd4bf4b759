package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Dropped reads what markDropped has written. One statement sees one state of it.
func (s *store) Dropped(ctx context.Context, query usage.Query) (dropped usage.Dropped, err error) {
	const what = "read what was dropped from the usage store"
	rows, err := s.read.QueryContext(ctx, `SELECT kept_from, namespace, instance, dropped
		FROM usage_counter LEFT JOIN usage_accounts ON dropped > 0 AND instance <> ''`)
	if err != nil {
		return usage.Dropped{}, unavailable(ctx, what, err)
	}
	defer rows.Close()
	for rows.Next() {
		var keptFrom, position sql.NullInt64
		var namespace, instance sql.NullString
		if err := rows.Scan(&keptFrom, &namespace, &instance, &position); err != nil {
			return usage.Dropped{}, unavailable(ctx, what, err)
		}
		if keptFrom.Valid {
			dropped.KeptFrom = timeOf(keptFrom.Int64)
		}
		if (query.Namespace == "" || query.Namespace == untext(namespace.String)) &&
			(query.Instances == nil || slices.Contains(query.Instances, untext(instance.String))) {
			dropped.Position = max(dropped.Position, position.Int64)
		}
	}
	if err := rows.Err(); err != nil {
		return usage.Dropped{}, unavailable(ctx, what, err)
	}
	if !query.From.IsZero() && !query.From.Before(dropped.KeptFrom) {
		dropped.Position = 0
	}
	return dropped, nil
}

// markDropped notes that the records of a source, which has their accounts and positions, are gone, as is all before a time.
func (c *change) markDropped(before time.Time, source string, args ...any) error {
	if err := c.exec(fmt.Sprintf(`UPDATE usage_accounts SET dropped = found.last
		FROM (SELECT account, max(position) AS last FROM %s GROUP BY account) AS found WHERE found.account = id AND found.last > dropped`, source), args...); err != nil {
		return err
	}
	return c.exec("UPDATE usage_counter SET kept_from = $1 WHERE kept_from IS NULL OR kept_from < $1", hourOf(before))
}
