package usagetest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// began is when the records of tests begin.
var began = time.Date(2026, 1, 30, 22, 15, 0, 0, time.UTC)

// charge is a plain record, the one and only of its transaction.
func charge(n int) usage.Record {
	transaction := "transaction-" + strconv.Itoa(n)
	return usage.Record{
		ID: transaction + "/0", TransactionID: transaction, Sequence: int64(n), Kind: usage.Charge, Reason: "Opened",
		Time: began.Add(time.Duration(n) * time.Minute), Namespace: "acme", Instance: "desktop", ActivationID: "ACT01",
		Item: "PhotoPrint", Count: licensing.One, Rate: licensing.Token, Tokens: licensing.Token,
	}
}

// overREST is the id, and the name, of a session that was made over REST.
const overREST = "5f0c2c9e-7f5d-4c0e-8a57-0c8f3a5d9b10"

// sessionNames are those of the sessions uid-0 to uid-4: some have the name of another one, which is in another namespace or older.
var sessionNames = [...]string{"render", "render", "scan", overREST, "render"}

func charges(from, to int) (records []usage.Record) {
	for n := from; n < to; n++ {
		records = append(records, charge(n))
	}
	return records
}

// world makes records as they might be, out of few values, so that many have the same.
type world struct {
	*rand.Rand
	made int
}

func newWorld(seed uint64) *world { return &world{Rand: rand.New(rand.NewPCG(seed, 1))} }

func (w *world) one(values ...string) string { return values[w.IntN(len(values))] }

// transaction makes one record or a few, at a time in about three months.
func (w *world) transaction() (records []usage.Record) {
	w.made++
	common := usage.Record{
		TransactionID: fmt.Sprintf("t-%d", w.made), Sequence: int64(w.made), Reason: w.one("Opened", "AutomaticCharge", "Ended", "NoTokens"),
		Time:      began.Add(time.Duration(w.Int64N(int64(90 * 24 * time.Hour))).Truncate(time.Millisecond)),
		Namespace: w.one("acme", "other"), Instance: w.one("desktop", "cloud", "lab"),
	}
	if w.IntN(3) > 0 {
		n := w.IntN(5)
		common.SubjectKind, common.SubjectName, common.SubjectUID = "Session", sessionNames[n], fmt.Sprint("uid-", n)
	}
	if w.IntN(4) == 0 {
		common.CorrelationID = w.one("c-1", "c-2")
	}
	common.RequesterType, common.RequesterValue = "user", w.one("ann", "bob", "eve")
	for i := range 1 + w.IntN(3) {
		record := common
		record.ID = fmt.Sprintf("%s/%d", record.TransactionID, i)
		w.fill(&record)
		records = append(records, record)
	}
	return records
}

func (w *world) fill(r *usage.Record) {
	kinds := usage.Kinds()
	r.Kind, r.ActivationID = kinds[w.IntN(len(kinds))], w.one("ACT01", "ACT02")
	switch r.Kind {
	case usage.Charge, usage.AutomaticCharge, usage.Refund, usage.Denial:
		r.Item, r.Tokens, r.ActionID = w.one("PhotoPrint", "PhotoScan"), licensing.Tokens(w.Int64N(30_000_000)), w.one("", "render")
		if r.Kind == usage.Denial {
			r.Message = "not enough tokens"
		}
	default:
		r.LimitationID, r.Units = w.one("max-print", "#seat"), licensing.Tokens(w.Int64N(7_000_000)-3_000_000)
		if r.LimitationID == "max-print" {
			r.Period = 1 + int64(w.made/20)
			r.PeriodStart = began.AddDate(0, 0, int(r.Period))
		}
	}
	if w.IntN(5) == 0 {
		r.MetaData = json.RawMessage(`{"project":"x"}`)
	}
}

func (w *world) records(transactions int) (records []usage.Record) {
	for range transactions {
		records = append(records, w.transaction()...)
	}
	return records
}
