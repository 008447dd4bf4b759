package sqlstore

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// What cannot be changed may be cut off, or put back to an earlier state: ids that were known count no more.
func TestIDsAreForgottenWhereverAChangeFails(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(*testing.T, *store) error{
		"when it begins": func(t *testing.T, s *store) error {
			if err := s.write.Close(); err != nil {
				t.Fatal(err)
			}
			return s.Ping(t.Context())
		},
		"when it takes the lock": func(t *testing.T, s *store) error {
			if _, err := s.write.Exec("DROP TABLE usage_counter"); err != nil {
				t.Fatal(err)
			}
			return s.Ping(t.Context())
		},
		"when it is made": func(t *testing.T, s *store) error {
			return s.change(t.Context(), "fail", func(*change) error { return errors.New("broken") })
		},
		"when it is committed": func(t *testing.T, s *store) error {
			return s.change(t.Context(), "fail", func(c *change) error { return c.Commit() })
		},
	} {
		opened, err := OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "usage.db"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := opened.(*store) //nolint:forcetypeassert // it is one
		if err := s.Append(t.Context(), []usage.Record{{
			ID: "a/0", TransactionID: "a", Kind: usage.Charge, Time: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Namespace: "acme", Instance: "desktop",
		}}); err != nil {
			t.Fatal(err)
		}
		if len(s.known.accounts) == 0 || len(s.known.series) == 0 {
			t.Fatalf("nothing is known: %+v", s.known.learned)
		}
		if err := fail(t, s); !errors.Is(err, usage.ErrUnavailable) {
			t.Errorf("%s: got %v, want that the store is not available", name, err)
		}
		if known := s.known.learned; len(known.accounts)+len(known.series) > 0 || known.newest != (mark{}) {
			t.Errorf("%s: still known are %+v", name, known)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
