package usage

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

var (
	instance = ledger.AccountID{Namespace: "acme", Name: "plant"}
	at       = time.Date(2026, 3, 1, 12, 0, 0, int(7*time.Millisecond), time.UTC)
	session  = ledger.Subject{Kind: ledger.SessionSubject, Namespace: "acme", Name: "desk", UID: "3f"}
	lisa     = licensing.Requester{Type: "user", Value: "LisaBarry", Dictionary: map[string]string{"site": "Basel"}}
)

func transaction(cause licensing.Cause, change func(*ledger.Transaction)) *ledger.Transaction {
	t := &ledger.Transaction{ID: "6f1c", Sequence: 41, Time: at, Cause: cause, Requester: lisa, Caller: "key 7"}
	change(t)
	return t
}

func entry(kind licensing.EntryKind, tokens int64) licensing.Entry {
	return licensing.Entry{
		Kind: kind, Item: "PhotoPrint", Version: "1.0", Count: 2 * licensing.One, Rate: 3 * licensing.Token, RateTable: "1", Series: "Apps",
		ActivationID: "ACT01", ActionID: "everyone", Tokens: licensing.Tokens(tokens) * licensing.Token, MetaData: json.RawMessage(`{"job":7}`),
	}
}

// of is a record of the transaction, with what all of them say.
func of(id string, kind Kind, reason string, change func(*Record)) Record {
	record := Record{
		ID: id, TransactionID: "6f1c", Sequence: 41, Kind: kind, Reason: reason, Time: at, Namespace: "acme", Instance: "plant",
		RequesterType: "user", RequesterValue: "LisaBarry", Caller: "key 7",
	}
	change(&record)
	return record
}

func tokens(id string, kind Kind, reason string, amount int64) Record {
	return of(id, kind, reason, func(r *Record) {
		r.Item, r.Version, r.Count, r.Rate, r.RateTable, r.Series = "PhotoPrint", "1.0", 2*licensing.One, 3*licensing.Token, "1", "Apps"
		r.ActivationID, r.ActionID, r.Tokens, r.MetaData = "ACT01", "everyone", licensing.Tokens(amount)*licensing.Token, json.RawMessage(`{"job":7}`)
	})
}

func onSession(record Record) Record {
	record.SubjectKind, record.SubjectName, record.SubjectUID = "Session", "desk", "3f"
	return record
}

func units(id string, kind Kind, reason, limitationID string, amount int64) Record {
	return of(id, kind, reason, func(r *Record) {
		r.ActivationID, r.LimitationID, r.Units = "ACT01", limitationID, licensing.Tokens(amount)*licensing.Token
	})
}

func unit(limitationID string, amount int64) ledger.UnitEntry {
	return ledger.UnitEntry{ActivationID: "ACT01", LimitationID: limitationID, Units: licensing.Tokens(amount) * licensing.Token}
}

func allSealed(records []Record) []Record {
	for i, record := range records {
		records[i] = record.Sealed()
	}
	return records
}

func TestRecordsOfEveryCause(t *testing.T) {
	moved := func(entries ...licensing.Entry) func(*ledger.Transaction) {
		return func(t *ledger.Transaction) { t.Subject, t.Entries = session, entries }
	}
	given := func(entries ...ledger.UnitEntry) func(*ledger.Transaction) {
		return func(t *ledger.Transaction) { t.Units = entries }
	}
	charge, refund := entry(licensing.EntryCharge, 6), entry(licensing.EntryRefund, 4)
	newPeriod := unit("calls", 3)
	newPeriod.Period, newPeriod.LastReset = 2, at
	inPeriod := func(record Record) Record { record.Period, record.PeriodStart = 2, at; return record }
	tests := map[string]struct {
		cause  licensing.Cause
		change func(*ledger.Transaction)
		want   []Record
	}{
		"a one-off request has no subject": {
			licensing.CauseOneOff, func(t *ledger.Transaction) { t.Entries = []licensing.Entry{charge, entry(licensing.EntryCharge, 1)} },
			[]Record{tokens("6f1c/0", Charge, "OneOff", 6), tokens("6f1c/1", Charge, "OneOff", 1)},
		},
		"a session that asks for something else is refunded and charged": {
			licensing.CauseAccess, moved(refund, charge),
			[]Record{onSession(tokens("6f1c/0", Refund, "Access", 4)), onSession(tokens("6f1c/1", Charge, "Access", 6))},
		},
		"a halt":               {licensing.CauseHalt, moved(refund), []Record{onSession(tokens("6f1c/0", Refund, "Halt", 4))}},
		"a halt without money": {licensing.CauseHalt, moved(), nil},
		"an automatic charge":  {licensing.CauseAutomaticCharge, moved(charge), []Record{onSession(tokens("6f1c/0", AutomaticCharge, "AutomaticCharge", 6))}},
		"a period forgiven":    {licensing.CausePeriodForgiven, moved(), nil},
		"a missed heartbeat":   {licensing.CauseHeartbeatMissed, moved(refund), []Record{onSession(tokens("6f1c/0", Refund, "HeartbeatMissed", 4))}},
		"an idle session's end": {
			licensing.CauseIdleTooLong, moved(), nil,
		},
		"a session's end":        {licensing.CauseClosed, moved(refund), []Record{onSession(tokens("6f1c/0", Refund, "Closed", 4))}},
		"a charge of no tokens":  {licensing.CauseOneOff, func(t *ledger.Transaction) { t.Entries = []licensing.Entry{entry(licensing.EntryCharge, 0)} }, []Record{tokens("6f1c/0", Charge, "OneOff", 0)}},
		"a unit given":           {licensing.CauseProvisioned, given(unit("feature", 1)), []Record{units("6f1c/0", Provision, "Provisioned", "feature", 1)}},
		"a unit taken back":      {licensing.CauseRevoked, given(unit("feature", -1)), []Record{units("6f1c/0", Revoke, "Revoked", "feature", -1)}},
		"everything taken back":  {licensing.CauseRevoked, given(unit("feature", -1), unit("#seat", -1)), []Record{units("6f1c/0", Revoke, "Revoked", "feature", -1), units("6f1c/1", Revoke, "Revoked", "#seat", -1)}},
		"a seat that moves":      {licensing.CauseProvisioned, given(unit("#seat/red", -1), unit("#seat/blue", 1)), []Record{units("6f1c/0", Revoke, "Provisioned", "#seat/red", -1), units("6f1c/1", Provision, "Provisioned", "#seat/blue", 1)}},
		"a consumption":          {licensing.CauseConsumed, given(unit("calls", 3)), []Record{units("6f1c/0", Consumption, "Consumed", "calls", 3)}},
		"the first of a period":  {licensing.CauseConsumed, given(newPeriod), []Record{inPeriod(units("6f1c/0", Consumption, "Consumed", "calls", 3))}},
		"a rollback":             {licensing.CauseRolledBack, given(unit("calls", -3)), []Record{units("6f1c/0", Rollback, "RolledBack", "calls", -3)}},
		"a late rollback":        {licensing.CauseRolledBack, given(), nil},
		"a recount":              {licensing.CauseRecounted, given(unit("feature", -2)), []Record{units("6f1c/0", Correction, "Recounted", "feature", -2)}},
		"a new period by hand":   {licensing.CauseReset, given(newPeriod), []Record{inPeriod(units("6f1c/0", Correction, "Reset", "calls", 3))}},
		"a recount that adds up": {licensing.CauseRecounted, given(unit("feature", 2)), []Record{units("6f1c/0", Correction, "Recounted", "feature", 2)}},
		"a unit given along with tokens names what charged them": {
			licensing.CauseProvisioned, func(t *ledger.Transaction) { t.CorrelationID, t.Units = "5e0b", []ledger.UnitEntry{unit("feature", 1)} },
			[]Record{func() Record {
				r := units("6f1c/0", Provision, "Provisioned", "feature", 1)
				r.CorrelationID = "5e0b"
				return r
			}()},
		},
		"time brings about what nobody called for": {
			licensing.CauseHeartbeatMissed, func(t *ledger.Transaction) { t.Caller, t.Subject, t.Entries = "", session, []licensing.Entry{refund} },
			[]Record{func() Record { r := onSession(tokens("6f1c/0", Refund, "HeartbeatMissed", 4)); r.Caller = ""; return r }()},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := RecordsOf(instance, transaction(test.cause, test.change))
			if diff := cmp.Diff(allSealed(test.want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRecordsOfDenials(t *testing.T) {
	tooMany := ledger.Denial{
		Item: "CADPrint", Version: "2.0", Count: licensing.One, Reason: "InsufficientTokens", Message: "7 tokens are required, 3 available",
		Required: 7 * licensing.Token, Available: 3 * licensing.Token, MetaData: json.RawMessage(`{}`),
	}
	wanted := func(id string) Record {
		return of(id, Denial, "InsufficientTokens", func(r *Record) {
			r.Item, r.Version, r.Count, r.Tokens = "CADPrint", "2.0", licensing.One, 7*licensing.Token
			r.Message, r.MetaData = "7 tokens are required, 3 available", json.RawMessage(`{}`)
		})
	}
	noUnit := ledger.Denial{ActivationID: "ACT01", LimitationID: "feature", Count: licensing.One, Reason: "LimitReached", Message: "none is free", Required: licensing.Token}
	tests := map[string]struct {
		cause  licensing.Cause
		change func(*ledger.Transaction)
		want   []Record
	}{
		"alone, about a session": {
			licensing.CauseRefused, func(t *ledger.Transaction) { t.About, t.Denials = &session, []ledger.Denial{tooMany} },
			[]Record{onSession(wanted("6f1c/0"))},
		},
		"beside what was charged and what was given": {
			licensing.CauseOneOff, func(t *ledger.Transaction) {
				t.Entries, t.Units, t.Denials = []licensing.Entry{entry(licensing.EntryCharge, 6)}, []ledger.UnitEntry{unit("feature", 1)}, []ledger.Denial{tooMany}
			},
			[]Record{tokens("6f1c/0", Charge, "OneOff", 6), units("6f1c/1", Provision, "OneOff", "feature", 1), wanted("6f1c/2")},
		},
		"of a unit, which required no tokens": {
			licensing.CauseRefused, func(t *ledger.Transaction) { t.Denials = []ledger.Denial{noUnit} },
			[]Record{of("6f1c/0", Denial, "LimitReached", func(r *Record) {
				r.ActivationID, r.LimitationID, r.Count, r.Message = "ACT01", "feature", licensing.One, "none is free"
			})},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := RecordsOf(instance, transaction(test.cause, test.change))
			if diff := cmp.Diff(allSealed(test.want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Whoever records a transaction again, after a crash, has read it from the account.
func TestRecordsOfAStoredTransactionAreTheSame(t *testing.T) {
	sent := func(n int64, metaData string) licensing.Entry {
		e := entry(licensing.EntryCharge, n)
		e.MetaData = json.RawMessage(metaData)
		return e
	}
	made := transaction(licensing.CauseAccess, func(t *ledger.Transaction) {
		t.Subject, t.Entries = session, []licensing.Entry{
			entry(licensing.EntryCharge, 6), sent(7, `{ "b": "<&>",
	"a" : 1.50 }`), sent(8, " null "), sent(9, "\"\u2028\u00e9\""), sent(10, ""),
		}
		t.Units, t.Denials = []ledger.UnitEntry{unit("calls", 3)}, []ledger.Denial{
			{Item: "CADPrint", Count: licensing.One, Reason: "ItemNotFound", MetaData: json.RawMessage(`{"job": 4711}`)},
		}
	})
	text, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	var stored ledger.Transaction
	if err := json.Unmarshal(text, &stored); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(RecordsOf(instance, made), RecordsOf(instance, &stored)); diff != "" {
		t.Errorf("(-made +stored):\n%s", diff)
	}
}
