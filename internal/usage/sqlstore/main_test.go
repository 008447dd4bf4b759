package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
	"github.com/licensing-operator/licensing-operator/internal/usage/usagetest"
)

// appendTo names the store that this program stores records in until it is killed, instead of running tests.
const appendTo = "USAGE_TEST_APPEND_TO"

func TestMain(m *testing.M) {
	place := os.Getenv(appendTo)
	if place == "" {
		code := m.Run()
		removeCluster()
		os.Exit(code)
	}
	store, err := open(context.Background(), place)
	if err == nil {
		err = usagetest.AppendForever(context.Background(), store, os.Stdout)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// open opens a store by its path or URL.
func open(ctx context.Context, place string) (usage.Store, error) {
	if strings.HasPrefix(place, "postgres://") {
		return sqlstore.OpenPostgres(ctx, place, sqlstore.Options{})
	}
	return sqlstore.OpenSQLite(ctx, place, sqlstore.Options{})
}

// appending is this program, as it stores records for ever.
func appending(t *testing.T, place string) *exec.Cmd {
	program := exec.CommandContext(t.Context(), os.Args[0])
	program.Env = append(os.Environ(), appendTo+"="+place)
	program.Stderr = os.Stderr
	return program
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// openDatabase opens the file of a store that is closed.
func openDatabase(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// chargeOf is a transaction's one record.
func chargeOf(transaction string) usage.Record {
	return usage.Record{
		ID: transaction + "/0", TransactionID: transaction, Kind: usage.Charge, Time: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Namespace: "acme", Instance: "desktop", RequesterValue: transaction, Tokens: licensing.Token,
	}
}
