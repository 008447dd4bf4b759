package sqlstore_test

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/usagetest"
)

// newFile is where a store can be; not every character is plain in a URL.
func newFile(t *testing.T) string { return filepath.Join(t.TempDir(), "a volume", "usage?#%41.db") }

func openFile(t *testing.T) usagetest.Opener {
	path := newFile(t)
	return func(ctx context.Context) (usage.Store, error) { return open(ctx, path) }
}

func TestSQLiteKeepsTheContract(t *testing.T) {
	t.Parallel()
	usagetest.RunStoreContract(t, openFile)
}

func TestSQLiteKeepsWhatItAcknowledgedWhenTheProgramIsKilled(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	opener := func(ctx context.Context) (usage.Store, error) { return open(ctx, path) }
	usagetest.RunStoreCrash(t, opener, func() *exec.Cmd { return appending(t, path) })
}

func TestAnotherProcessIsToldThatTheFileIsOpen(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	first, err := open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = open(t.Context(), path)
	if !errors.Is(err, usage.ErrUnavailable) || !strings.Contains(err.Error(), "another process has it open") {
		t.Errorf("got %v", err)
	}
	output, err := appending(t, path).Output()
	if err == nil || len(output) > 0 {
		t.Errorf("another process stored %q, and ended with %v", output, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

func TestAFileThatIsNoStoreIsNotTouched(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "usage.db")
	writeFile(t, path, strings.Repeat("this is no database. ", 100))
	if _, err := open(t.Context(), path); !errors.Is(err, usage.ErrUnavailable) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names the file", err)
	}
	if got := readFile(t, path); !strings.HasPrefix(got, "this is no database") {
		t.Errorf("the file is now %q", got[:40])
	}
}

func TestTablesOfANewerProgramAreLeftAlone(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	store, err := open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	db := openDatabase(t, path)
	if _, err := db.Exec("INSERT INTO usage_version (version_id, is_applied) VALUES (99, 1)"); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("got %v, want an error that names the version", err)
	}
}
