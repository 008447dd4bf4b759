package restusage

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // registers the driver
)

// With the store gone and no room left for records, a charge is answered 503 and is none. Not in parallel: the others need
// the store.
func TestWithNoRoomForRecordsChargingStopsUntilTheStoreIsBack(t *testing.T) {
	p := newProducer(t, "full", 1)
	release := holdStore(t)
	answered, refusal := 0, error(nil)
	for ; refusal == nil && answered < 1000; answered++ {
		refusal = p.prints(t.Context())
	}
	if refusal == nil || !strings.Contains(refusal.Error(), "nothing is charged now: the store of usage records does not answer, and no room is left") ||
		!strings.Contains(refusal.Error(), "503") {
		t.Fatalf("answer %d is %v", answered, refusal)
	}
	answered--
	release()
	for deadline := time.Now().Add(time.Minute); refusal != nil; refusal = p.prints(t.Context()) {
		if time.Now().After(deadline) {
			t.Fatal(refusal)
		}
		time.Sleep(100 * time.Millisecond)
	}
	// What was refused is no charge, and the last is the one with which it went on.
	transactions := map[string]bool{}
	for _, record := range p.settled(t) {
		transactions[record.TransactionID] = true
	}
	if answered == 0 || len(transactions) != answered+1 {
		t.Errorf("%d charges are recorded, %d were answered before and one after", len(transactions), answered)
	}
}

// prints charges next to nothing, with as much metaData as is possible. What cannot be compressed fills the room quickly.
func (p *producer) prints(ctx context.Context) error {
	var items []any
	for item, version := range versions {
		content := make([]byte, 3000)
		_, _ = rand.Read(content) // it never fails
		items = append(items, map[string]any{"item": item, "version": version, "count": 0.001, "metaData": map[string]any{"document": content}})
	}
	body, err := json.Marshal(map[string]any{"requester": map[string]string{"type": "user", "value": "lisa"}, "requestedItems": items})
	if err != nil {
		return err
	}
	_, _, err = p.try(ctx, "POST", "/elastic/api/v1.1/instances/"+p.customers[0].id+"/access-request", system.Admin.AdminToken(), string(body), 200)
	return err
}

// holdStore keeps the operator from storing anything until it is told to go on, as a backup tool does that has lost its way.
func holdStore(t *testing.T) (release func()) {
	t.Helper()
	database, err := sql.Open("sqlite", fmt.Sprintf("file:%s?_pragma=busy_timeout(10000)", storePath))
	if err != nil {
		t.Fatal(err)
	}
	database.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = database.Close() })
	if _, err := database.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if _, err := database.ExecContext(t.Context(), "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
	}
}
