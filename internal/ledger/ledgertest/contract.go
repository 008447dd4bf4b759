package ledgertest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// contract is one test's view of a store.
type contract struct {
	*testing.T
	Harness
	store ledger.Store
	id    ledger.AccountID
}

// RunStoreContract tests what the ledger relies on. The harness may be a new one for each test or the same for all.
func RunStoreContract(t *testing.T, factory func(*testing.T) Harness) {
	t.Helper()
	tests := []struct {
		name string
		test func(contract)
	}{
		{"an account that was never created is missing", contract.missingAccount},
		{"an account is created once", contract.createsOnce},
		{"a commit replaces the account at its version only", contract.commitsAtVersion},
		{"a commit on a deleted account is not made", contract.commitsNothingDeleted},
		{"every part of an account survives the trip", contract.accountRoundTrip},
		{"an account that somebody else edited is reported", contract.reportsTampering},
		{"a page of receipts survives the trip", contract.pageRoundTrip},
		{"a page of receipts is stored once", contract.storesPageOnce},
		{"a page of receipts that was never stored or is deleted is missing", contract.missingPage},
		{"a page of receipts that somebody else edited is given as it is", contract.editedPage},
		{"the anchor is what the instance remembers", contract.anchor},
		{"a new session is at revision zero", contract.newSession},
		{"a subject that is deleted is gone", contract.goneSubject},
		{"a subject of the same name is not the same subject", contract.recreatedSubject},
		{"a write at the base revision succeeds once", contract.writesOnce},
		{"a write at another revision changes nothing", contract.writesAtBaseOnly},
		{"a late write does not overwrite a newer state", contract.lateWrite},
		{"one write goes over several revisions", contract.writesOverSeveral},
		{"a heartbeat in between does not disturb a write", contract.heartbeatBetween},
		{"every field of a session survives the trip", contract.sessionRoundTrip},
		{"optional fields that become empty are removed", contract.removesEmptyFields},
		{"a heartbeat is recorded if nothing else changed", contract.heartbeat},
		{"a recorded heartbeat clears a renewal", contract.renewal},
		{"a heartbeat of a session that is gone is refused", contract.heartbeatGone},
		{"sessions of an account are listed as they are read", contract.sessions},
		{"sessions that have ended are not listed", contract.endedSessions},
		{"users of a line item are listed with what they hold", contract.users},
		{"a user's holdings survive the trip and are removed again", contract.userRoundTrip},
		{"a user's seat survives the trip, in a group and in none", contract.seatRoundTrip},
		{"a client's token survives the trip and is removed again", contract.tokenRoundTrip},
		{"clients of a line item are listed with its users", contract.clients},
		{"a consumption that was never recorded is at revision zero", contract.noConsumption},
		{"every field of a consumption survives the trip", contract.consumptionRoundTrip},
		{"a consumption is recorded and rolled back once", contract.writesConsumptionOnce},
		{"a rollback that comes first keeps the consumption from being recorded after it", contract.rollbackFirst},
		{"a consumption is recorded and rolled back in one write", contract.writesConsumptionAndRollback},
		{"consumptions of a line item are listed", contract.consumptions},
		{"a consumption is of one account only", contract.foreignConsumption},
		{"an instance that is gone sells nothing", contract.goneInstance},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			harness := factory(t)
			test.test(contract{t, harness, harness.Store(), harness.CreateInstance(t)})
		})
	}
}

func (c contract) succeeds(err error) {
	c.Helper()
	if err != nil {
		c.Fatalf("unexpected error: %v", err)
	}
}

func (c contract) fails(err, want error) {
	c.Helper()
	if !errors.Is(err, want) {
		c.Fatalf("got error %v, want %v", err, want)
	}
}

func (c contract) equal(got, want any) {
	c.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(ledger.Transaction{}, ledger.Receipt{}, ledger.ReceiptPage{})); diff != "" {
		c.Fatalf("(-want +got):\n%s", diff)
	}
}

func (c contract) read(subject ledger.Subject) ledger.Sighting {
	c.Helper()
	sighting, err := c.store.Read(c.Context(), subject)
	c.succeeds(err)
	return sighting
}

func (c contract) write(transaction *ledger.Transaction) {
	c.Helper()
	c.succeeds(c.store.Write(c.Context(), transaction))
}

// at is a time with the precision that every store keeps.
func at(minutes int) time.Time {
	return time.Date(2026, 3, 1, 12, minutes, 30, 123_000_000, time.UTC)
}

// step is a transaction that takes a session from a revision to the next.
func step(subject ledger.Subject, base int64, session licensing.Session) *ledger.Transaction {
	session.Revision = base + 1
	return &ledger.Transaction{
		ID: "transaction", Time: at(0), Cause: licensing.CauseAccess,
		Subject: subject, Base: base, State: ledger.State{Session: &session},
	}
}
