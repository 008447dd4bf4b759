package plugin

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // registers the driver

	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

// summed is what the data access API says that a filter selects: records, charged, refunded and used.
func (p *producer) summed(t *testing.T, filter string) string {
	t.Helper()
	address := fmt.Sprintf("%s/namespaces/%s/usage/v1/aggregates?instance=%s&%s", system.Replicas[0].URL, p.Namespace, cluster.InstanceName, filter)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+system.Admin.AdminToken())
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Buckets []struct {
			Records                 int
			Charged, Refunded, Used json.Number
		}
	}
	if err := json.Unmarshal(text, &answer); err != nil || len(answer.Buckets) != 1 {
		t.Fatalf("%v: %s", err, text)
	}
	sum := answer.Buckets[0]
	return fmt.Sprintln(sum.Records, sum.Charged, sum.Refunded, sum.Used)
}

// billed is what a bill says of the same.
func billed(bill audit.Bill) string {
	return fmt.Sprintln(len(bill.Lines), bill.Charged, bill.Refunded, bill.Used)
}

// changes runs a statement on the rows of the producer's account in the store, behind the operator's back.
func (p *producer) changes(t *testing.T, statement string) {
	t.Helper()
	p.executes(t, statement+" account = "+ofProducer)
}

// ofProducer is the id of the producer's account.
const ofProducer = "(SELECT id FROM usage_accounts WHERE namespace = ? AND instance = ?)"

func (p *producer) executes(t *testing.T, statement string) {
	t.Helper()
	file, err := sql.Open("sqlite", "file:"+filepath.Join(plugins, "usage.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	result, err := file.ExecContext(t.Context(), statement, p.Namespace, cluster.InstanceName)
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := result.RowsAffected(); err != nil || rows == 0 {
		t.Fatalf("%s: %d rows, %v", statement, rows, err)
	}
}

func TestWhatIsChangedInTheStoreIsNamed(t *testing.T) {
	p := newProducer(t, "changed", 1000)
	// The store has a row for each hour: what is charged here is of one.
	if left := time.Until(time.Now().Truncate(time.Hour).Add(time.Hour)); left < time.Minute {
		time.Sleep(left)
	}
	p.Claim(t, "first", "[{item: PhotoPrint, version: \"1.0\", count: 10}]")
	p.Granted(t, "first")
	p.Claim(t, "second", "[{item: PhotoPrint, version: \"1.0\", count: 1}]")
	p.Granted(t, "second")
	p.quiet(t)
	p.recorded(t, 2)
	verify := []string{"verify", cluster.InstanceName}
	p.ledger(t, verify...).expect(t, 0, ": equal\n")

	p.changes(t, "UPDATE usage_rollups SET charged = charged - 3 WHERE")
	p.ledger(t, verify...).expect(t, 1, "SumsDiffer: charged in ", `of line item "ACT01-Elastic": the store's sums say 30, its records say 33`, `of requester "LisaBarry"`, `of item "PhotoPrint"`)
	p.ledger(t, "verify", "--all", "--quick").expect(t, 1, "SumsDiffer: used of line item ACT01-Elastic: the store's sums say 30, its totals say 33")
	p.changes(t, "UPDATE usage_rollups SET charged = charged + 3 WHERE")
	p.ledger(t, verify...).expect(t, 0, ": equal\n")

	p.changes(t, "DELETE FROM usage_records WHERE position = (SELECT max(position) FROM usage_records) AND")
	p.ledger(t, append(verify, "--retention")...).expect(t, 1, "SumsDiffer: records in ", "the store's sums say 2, its records say 1")
	p.changes(t, "UPDATE usage_records SET requester_value = 'Bob', seal = '' WHERE")
	p.ledger(t, append(verify, "--retention")...).expect(t, 1, "RecordAltered", "it has no seal")
}

func TestWhatRetentionDroppedIsSaid(t *testing.T) {
	p := newProducer(t, "dropped", 1000)
	p.Claim(t, "first", "[{item: PhotoPrint, version: \"1.0\", count: 10}]")
	p.Granted(t, "first")
	p.quiet(t)
	p.recorded(t, 1)
	explain := []string{"explain", cluster.InstanceName, "--requester", "LisaBarry"}
	if complete := p.ledger(t, append(explain, "-o", "json")...).expect(t, 0); billOf(t, complete).Dropped != nil {
		t.Errorf("nothing was dropped: %s", complete)
	}
	month := time.Date(time.Now().UTC().Year(), time.Now().UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
	p.drops(t, month)
	p.ledger(t, explain...).expect(t, 0, "Incomplete: records of this Instance of the months before "+month.Format("2006-01")+" are not there any more", "Nothing is recorded of it.")
	p.Claim(t, "second", "[{item: PhotoPrint, version: \"1.0\", count: 1}]")
	p.Granted(t, "second")
	p.quiet(t)
	p.recorded(t, 1)
	partial := p.ledger(t, append(explain, "-o", "json")...).expect(t, 0)
	bill := billOf(t, partial)
	if bill.Dropped == nil || !bill.Dropped.Before.Equal(month) || bill.Dropped.Oldest != bill.Lines[0].ID || bill.Used.String() != "3" {
		t.Errorf("%s", partial)
	}
	p.ledger(t, explain...).expect(t, 0, "Incomplete: records of this Instance of the months before", "used 3")
	if complete := p.ledger(t, append(explain, "--from", month.Format("2006-01-02"))...).expect(t, 0, "used 3"); strings.Contains(complete.out, "Incomplete") {
		t.Errorf("what is asked for is all there: %s", complete)
	}
	p.ledger(t, "verify", cluster.InstanceName, "--retention").expect(t, 0, ": equal\n", "as retention allows")
	p.ledger(t, "verify", cluster.InstanceName, "--quick").expect(t, 0, ": equal\n", "note: the store's sums by line item were not compared with its totals: records from before "+month.Format("2006-01-02")+" were dropped")
}

// drops leaves the producer's account as retention does that drops all of it as of before a month.
func (p *producer) drops(t *testing.T, month time.Time) {
	t.Helper()
	p.executes(t, "UPDATE usage_accounts SET dropped = position WHERE id = "+ofProducer)
	p.executes(t, fmt.Sprintf("UPDATE usage_counter SET kept_from = %d WHERE 0 < %s", month.Unix()/3600, ofProducer))
	p.changes(t, "DELETE FROM usage_records WHERE")
	p.changes(t, "DELETE FROM usage_rollups WHERE")
}

func TestSumsThatAreGoneAreNamed(t *testing.T) {
	p := newProducer(t, "gone", 1000)
	p.Claim(t, "first", "[{item: PhotoPrint, version: \"1.0\", count: 10}]")
	p.Granted(t, "first")
	p.quiet(t)
	p.recorded(t, 1)
	p.ledger(t, "verify", "--all", "--quick").expect(t, 0, ": equal\n")
	p.changes(t, "DELETE FROM usage_rollups WHERE")
	p.ledger(t, "verify", "--all", "--quick").expect(t, 1, "SumsDiffer: the store's sums are of 0 records, its totals of 1")
	p.ledger(t, "verify", cluster.InstanceName, "--retention").expect(t, 1, "SumsDiffer: records in ")
}

func billOf(t *testing.T, r result) (bill audit.Bill) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.out), &bill); err != nil {
		t.Fatal(err)
	}
	return bill
}
