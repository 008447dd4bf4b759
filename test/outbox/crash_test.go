package outbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage/outbox"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

// childVariable has this test process be an operator that is going to be killed, with the store inside: its value is the
// store's file, the kubeconfig, the account and the first sequence number, which nobody has acknowledged yet.
const childVariable = "OUTBOX_TEST_CHILD"

// child records one after the other and says what was acknowledged. Meanwhile the store comes and goes.
func child() error {
	arguments := strings.Split(os.Getenv(childVariable), " ")
	path, kubeconfig, account := arguments[0], arguments[1], ledger.AccountID{Namespace: "example-producer", Name: arguments[2]}
	sequence, err := strconv.Atoi(arguments[3])
	if err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = -1, -1
	ctx := context.Background()
	accounts, err := cluster.NewAccounts(config)
	if err != nil {
		return err
	}
	opened, err := sqlstore.OpenSQLite(ctx, path, sqlstore.Options{})
	if err != nil {
		return err
	}
	s := &store{Store: opened}
	go func() {
		for {
			time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
			s.off.Store(!s.off.Load())
		}
	}()
	spill = kubestore.Spill{Accounts: accounts}
	box := outbox.New(options(s))
	go func() { _ = box.Start(ctx) }()
	for ; ; sequence++ {
		if err := box.Record(ctx, account, transactions(account, sequence, sequence)); err != nil {
			return err
		}
		fmt.Println(sequence)
	}
}

func TestWhatWasAcknowledgedSurvivesThatOperatorAndStoreAreKilled(t *testing.T) {
	s, account := filepath.Join(t.TempDir(), "usage.db"), newAccount(t)
	acknowledged := 0
	for range 6 {
		acknowledged = killChild(t, s, account, acknowledged+1)
	}
	opened, err := sqlstore.OpenSQLite(t.Context(), s, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	last := &store{Store: opened}
	box, _ := start(t, options(last))
	// The ledger would record again what was not acknowledged.
	record(t, box, account, acknowledged+1, acknowledged+1)
	wantStored(t, last, account, acknowledged+1)
}

// killChild lets a child record from a sequence number on and kills it in the middle. It gives the last one that was
// acknowledged.
func killChild(t *testing.T, path string, account ledger.AccountID, from int) int {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	process := exec.CommandContext(t.Context(), executable)
	process.Env = append(os.Environ(), childVariable+"="+fmt.Sprint(path, " ", plane.Kubeconfig, " ", account.Name, " ", from))
	process.Stderr = os.Stderr
	output, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	last, lines, enough := from-1, bufio.NewScanner(output), from+5+rand.IntN(20)
	for ; lines.Scan(); last++ {
		if got := lines.Text(); got != strconv.Itoa(last+1) {
			t.Errorf("got %q after %d", got, last)
		}
		if last == enough {
			time.AfterFunc(time.Duration(rand.IntN(50))*time.Millisecond, func() { _ = process.Process.Kill() })
		}
	}
	var ended *exec.ExitError
	if err := process.Wait(); !errors.As(err, &ended) || ended.ExitCode() >= 0 {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return last
}
