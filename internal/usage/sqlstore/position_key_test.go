package sqlstore_test

import (
	"bytes"
	"sync"
	"testing"
)

func TestReplicasThatMakeAStoreAtOnceHaveOneKeyOfPositions(t *testing.T) {
	t.Parallel()
	keysOf := func(url string) [][]byte {
		keys := make([][]byte, 4)
		var opening sync.WaitGroup
		for i := range keys {
			opening.Go(func() {
				store, err := open(t.Context(), url)
				if err != nil {
					t.Error(err)
					return
				}
				if keys[i], err = store.PositionKey(t.Context()); err != nil {
					t.Error(err)
				}
				if err := store.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		opening.Wait()
		return keys
	}
	url := newDatabase(t)
	keys := keysOf(url)
	// Tables of the version before have no key.
	db := openTables(t, url)
	for _, statement := range []string{"ALTER TABLE usage_counter DROP COLUMN position_key", "DELETE FROM usage_version WHERE version_id > 3"} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	upgraded := keysOf(url)
	for i := range keys {
		if !bytes.Equal(keys[i], keys[0]) || !bytes.Equal(upgraded[i], upgraded[0]) {
			t.Errorf("replica %d has a key of its own", i)
		}
	}
	if bytes.Equal(keys[0], upgraded[0]) {
		t.Error("two stores have one key")
	}
}
