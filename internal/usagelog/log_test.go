package usagelog

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

var acme = ledger.AccountID{Namespace: "example-producer", Name: "acme"}

func open(t *testing.T, path string) *Log {
	t.Helper()
	log, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	return log
}

func record(t *testing.T, log *Log, ids ...string) {
	t.Helper()
	var transactions []*ledger.Transaction
	for _, id := range ids {
		transactions = append(transactions, &ledger.Transaction{ID: id})
	}
	if err := log.Record(t.Context(), acme, transactions); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func ids(t *testing.T, path string) []string {
	t.Helper()
	lines, err := Read(strings.NewReader(content(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, line := range lines {
		ids = append(ids, line.ID)
	}
	return ids
}

func TestALineTellsWhatWasChargedToWhom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "usage.jsonl")
	transaction := &ledger.Transaction{
		ID: "t-1", Sequence: 7, Time: time.Date(2026, 11, 21, 14, 44, 12, 0, time.UTC), Cause: licensing.CauseAccess,
		Requester: licensing.Requester{Type: "user", Value: "LisaBarry"},
		Subject:   ledger.Subject{Kind: ledger.SessionSubject, Namespace: "example-producer", Name: "lisa-barry", UID: "u-1"},
		State:     ledger.State{Session: &licensing.Session{Revision: 1}},
		Entries: []licensing.Entry{{
			Kind: licensing.EntryCharge, Item: "PhotoPrint", Version: "1.0", Count: 10_000_000, Rate: 3_000_000,
			RateTable: "publication-apps-1", ActivationID: "ACT01-Elastic", Tokens: 30_000_000,
		}},
	}
	if err := open(t, path).Record(t.Context(), acme, []*ledger.Transaction{transaction}); err != nil {
		t.Fatal(err)
	}
	want := `{"account":{"namespace":"example-producer","name":"acme"},"id":"t-1","sequence":7,"time":"2026-11-21T14:44:12Z",` +
		`"cause":"Access","requester":{"type":"user","value":"LisaBarry"},` +
		`"subject":{"kind":"Session","namespace":"example-producer","name":"lisa-barry","uid":"u-1"},` +
		`"entries":[{"kind":"Charge","item":"PhotoPrint","version":"1.0","count":"10","rate":"3","rateTable":"publication-apps-1",` +
		`"activationId":"ACT01-Elastic","tokens":"30"}]}` + "\n"
	if diff := cmp.Diff(want, content(t, path)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if transaction.State.Session == nil {
		t.Error("the caller's transaction lost its state")
	}
}

func TestRecordAppendsToWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "usage.jsonl")
	log := open(t, path)
	record(t, log, "a", "b")
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	record(t, open(t, path), "c")
	if diff := cmp.Diff([]string{"a", "b", "c"}, ids(t, path)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestOpenRemovesWhatACrashTore(t *testing.T) {
	long := strings.Repeat("x", 200<<10)
	for name, torn := range map[string]string{
		"nothing":             "",
		"half a line":         `{"account":`,
		"more than one block": long,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "usage.jsonl")
			whole := `{"id":"a"}` + "\n"
			if err := os.WriteFile(path, []byte(whole+torn), 0o600); err != nil {
				t.Fatal(err)
			}
			record(t, open(t, path), "b")
			if diff := cmp.Diff([]string{"a", "b"}, ids(t, path)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestReadGivesATransactionOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "usage.jsonl")
	log := open(t, path)
	record(t, log, "a", "b")
	record(t, log, "b", "c")
	if diff := cmp.Diff([]string{"a", "b", "c"}, ids(t, path)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestReadLeavesOutALineThatIsBeingWritten(t *testing.T) {
	lines, err := Read(strings.NewReader(`{"id":"a"}` + "\n" + `{"id":`))
	if err != nil || len(lines) != 1 {
		t.Errorf("got %d lines and %v, want 1", len(lines), err)
	}
}

func TestOneProcessHasItOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "usage.jsonl")
	open(t, path)
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "another process has it open") {
		t.Errorf("got %v", err)
	}
}

func TestLinesOfManyAccountsDoNotMix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "usage.jsonl")
	log := open(t, path)
	var group sync.WaitGroup
	for account := range 8 {
		group.Go(func() {
			for n := range 20 {
				transactions := []*ledger.Transaction{{ID: fmt.Sprintf("%d-%d", account, n)}}
				if err := log.Record(t.Context(), ledger.AccountID{Name: fmt.Sprint(account)}, transactions); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if got := len(ids(t, path)); got != 8*20 {
		t.Errorf("got %d lines, want %d", got, 8*20)
	}
}
