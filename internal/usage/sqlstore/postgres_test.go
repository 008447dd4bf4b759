package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/usagetest"
	"github.com/licensing-operator/licensing-operator/internal/usage/usagetest/postgres"
)

func TestPostgresKeepsTheContract(t *testing.T) {
	t.Parallel()
	usagetest.RunStoreContract(t, func(t *testing.T) usagetest.Opener {
		url := newDatabase(t)
		return func(ctx context.Context) (usage.Store, error) { return open(ctx, url) }
	})
}

func TestPostgresKeepsWhatItAcknowledgedWhenTheProgramIsKilled(t *testing.T) {
	t.Parallel()
	url := newDatabase(t)
	opener := func(ctx context.Context) (usage.Store, error) { return open(ctx, url) }
	usagetest.RunStoreCrash(t, opener, func() *exec.Cmd { return appending(t, url) })
}

// cluster is the server that the tests of this package share. Each has a database of its own.
var cluster struct {
	sync.Once
	*postgres.Cluster

	err error
}

func newDatabase(t *testing.T) string {
	t.Helper()
	cluster.Do(func() { cluster.Cluster, cluster.err = postgres.Start(context.Background()) })
	if cluster.err != nil {
		t.Fatal(cluster.err)
	}
	url, err := cluster.NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// removeCluster is for when all tests are done.
func removeCluster() {
	if cluster.Cluster == nil {
		return
	}
	if err := cluster.Remove(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func TestSeveralProcessesStoreTheSameRecordsOnce(t *testing.T) {
	t.Parallel()
	url := newDatabase(t)
	opener := func(ctx context.Context) (usage.Store, error) { return open(ctx, url) }
	programs := []func() *exec.Cmd{}
	for range 3 { // each begins with the first record
		programs = append(programs, func() *exec.Cmd { return appending(t, url) })
	}
	usagetest.RunStoreCrash(t, opener, programs...)
}

func TestPostgresKeepsWhatItAcknowledgedWhenTheServerIsKilled(t *testing.T) {
	t.Parallel()
	server, err := postgres.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Remove(); err != nil {
			t.Error(err)
		}
	})
	url, err := server.NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	opener := func(ctx context.Context) (usage.Store, error) { return open(ctx, url) }
	usagetest.RunServerCrash(t, opener, func() error {
		if err := server.Kill(t.Context()); err != nil {
			return err
		}
		return server.Start(t.Context())
	})
}

func TestPostgresThatIsNotThereIsNotAvailable(t *testing.T) {
	t.Parallel()
	const password = "secret-of-the-database"
	_, err := open(t.Context(), "postgres://usage:"+password+"@127.0.0.1:1/usage?connect_timeout=2")
	if !errors.Is(err, usage.ErrUnavailable) || strings.Contains(err.Error(), password) {
		t.Errorf("got %v, want that it is not available, without the password", err)
	}
	_, err = open(t.Context(), "postgres://usage:"+password+"@127.0.0.1:port/usage")
	if err == nil || strings.Contains(err.Error(), password) {
		t.Errorf("got %v, want an error without the password", err)
	}
}
