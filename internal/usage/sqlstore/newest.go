package sqlstore

import "context"

// Newest reads the counter, which never goes back.
func (s *store) Newest(ctx context.Context) (position int64, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT position FROM usage_counter").Scan(&position)
	if err != nil {
		return 0, unavailable(ctx, "read the newest position of the usage store", err)
	}
	return position, nil
}
