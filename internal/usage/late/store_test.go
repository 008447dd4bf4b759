package late

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
)

func TestAStoreIsAvailableWhenItCouldBeOpened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "usage.db")
	before, err := sqlstore.OpenSQLite(t.Context(), path, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan struct{}, 100)
	s := &Store{Clock: clock.RealClock{}, Log: logr.Discard(), Open: func(ctx context.Context) (usage.Store, error) {
		opened, err := sqlstore.OpenSQLite(ctx, path, sqlstore.Options{})
		if err != nil {
			failed <- struct{}{}
		}
		return opened, err
	}}
	opened := make(chan error, 1)
	go func() { opened <- s.Start(t.Context()) }()
	<-failed
	err = s.Ping(t.Context())
	if !errors.Is(err, usage.ErrUnavailable) || !strings.Contains(err.Error(), "another process has it open") || s.IsOpen() {
		t.Errorf("while somebody else has it: %v", err)
	}
	for _, err := range s.Records(t.Context(), usage.Query{}) {
		if !errors.Is(err, usage.ErrUnavailable) {
			t.Errorf("reading gives %v", err)
		}
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-opened; err != nil {
		t.Fatal(err)
	}
	record := usage.Record{ID: "t/0", TransactionID: "t", Kind: usage.Charge, Time: time.Unix(0, 0), Namespace: "shop", Instance: "acme"}
	if err := s.Append(t.Context(), []usage.Record{record}); err != nil || !s.IsOpen() {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, usage.ErrUnavailable) || !strings.Contains(err.Error(), "it was closed") {
		t.Errorf("afterwards: %v", err)
	}
}

func TestWhoComesWhileItIsBeingOpenedWaits(t *testing.T) {
	begin := make(chan struct{})
	s := &Store{Clock: clock.RealClock{}, Log: logr.Discard(), Open: func(ctx context.Context) (usage.Store, error) {
		<-begin
		return sqlstore.OpenSQLite(ctx, filepath.Join(t.TempDir(), "usage.db"), sqlstore.Options{})
	}}
	t.Cleanup(func() { _ = s.Close() })
	go func() { _ = s.Start(t.Context()) }()
	impatient, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Ping(impatient); !errors.Is(err, usage.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	pinged := make(chan error, 1)
	go func() { pinged <- s.Ping(t.Context()) }()
	close(begin)
	if err := <-pinged; err != nil {
		t.Error(err)
	}
}

func TestAStoreThatIsOpenTooLateIsClosed(t *testing.T) {
	begin, path := make(chan struct{}), filepath.Join(t.TempDir(), "usage.db")
	s := &Store{Clock: clock.RealClock{}, Log: logr.Discard(), Open: func(ctx context.Context) (usage.Store, error) {
		<-begin
		return sqlstore.OpenSQLite(ctx, path, sqlstore.Options{})
	}}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Start(t.Context()) }()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	close(begin)
	<-done
	again, err := sqlstore.OpenSQLite(t.Context(), path, sqlstore.Options{})
	if err != nil {
		t.Fatalf("the file is still open: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func TestTablesMayTakeMinutesToUpgradeAndWhoeverComesMeanwhileIsToldSo(t *testing.T) {
	fake := clocktesting.NewFakeClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s := &Store{Clock: fake, Log: logr.Discard(), Open: func(ctx context.Context) (usage.Store, error) {
		if deadline, bounded := ctx.Deadline(); !bounded || time.Until(deadline) < 10*time.Minute {
			t.Errorf("it is given up at %s", deadline)
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Start(ctx) }()
	defer func() { cancel(); <-done }()
	pinged := make(chan error, 1)
	go func() { pinged <- s.Ping(t.Context()) }()
	for !fake.HasWaiters() {
		time.Sleep(time.Millisecond)
	}
	fake.Step(patience)
	if err := <-pinged; !errors.Is(err, usage.ErrUnavailable) || !strings.Contains(err.Error(), "not open yet") {
		t.Errorf("got %v", err)
	}
}
