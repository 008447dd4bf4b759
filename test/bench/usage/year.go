package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

const (
	instances    = 50
	usersOfEach  = 40
	items        = 8
	lineItems    = 2
	namespace    = "acme"
	perSession   = 3 // charges, about
	denialsOf100 = 2
)

// began is when the year does.
var began = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

var ended = began.AddDate(1, 0, 0)

// year makes records in the order of their time: sessions that open, go on and end, and now and then are refused.
type year struct {
	*rand.Rand
	records, made int
	sequences     [instances]int64
	open          []session
}

type session struct {
	uid            string
	instance, user int
	item           string
	charged        licensing.Tokens
}

func newYear(records int) *year {
	return &year{Rand: rand.New(rand.NewPCG(1, 2)), records: records} //nolint:gosec // the same year each time
}

func (y *year) next(most int) (batch []usage.Record) {
	for ; len(batch) < most && y.made < y.records; y.made++ {
		batch = append(batch, y.one())
	}
	return batch
}

func (y *year) one() usage.Record {
	switch i := y.IntN(max(1, len(y.open))); {
	case len(y.open) < 500:
		return y.start()
	case y.IntN(perSession) > 0:
		r := y.record(y.open[i], usage.AutomaticCharge, "AutomaticCharge")
		r.Tokens = licensing.Tokens(1+y.IntN(5)) * licensing.Token
		y.open[i].charged += r.Tokens
		return r
	default:
		r := y.record(y.open[i], usage.Refund, "Ended")
		r.Tokens = y.open[i].charged / 4
		y.open[i] = y.open[len(y.open)-1]
		y.open = y.open[:len(y.open)-1]
		return r
	}
}

func (y *year) start() usage.Record {
	user := y.IntN(instances * usersOfEach)
	s := session{uid: uuid.NewString(), instance: user / usersOfEach, user: user, item: "item-" + strconv.Itoa(y.IntN(items))}
	if y.IntN(100) < denialsOf100 {
		r := y.record(s, usage.Denial, "NotEnoughTokens")
		r.Tokens, r.Message = licensing.Token, "1 token is required, 0.5 are available"
		return r
	}
	r := y.record(s, usage.Charge, "Opened")
	r.Tokens = licensing.Tokens(1+y.IntN(10)) * licensing.Token
	s.charged = r.Tokens
	y.open = append(y.open, s)
	return r
}

func (y *year) record(s session, kind usage.Kind, reason string) usage.Record {
	y.sequences[s.instance]++
	transaction := uuid.NewString()
	return usage.Record{
		ID: transaction + "/0", TransactionID: transaction, Sequence: y.sequences[s.instance], Kind: kind, Reason: reason,
		Time:      began.Add(time.Duration(float64(ended.Sub(began)) * float64(y.made) / float64(y.records))).Truncate(time.Millisecond),
		Namespace: namespace, Instance: instanceOf(s.user), SubjectKind: "Session", SubjectName: s.uid, SubjectUID: s.uid,
		RequesterType: "user", RequesterValue: fmt.Sprintf("user-%d@example.com", s.user), Caller: "kubernetes",
		ActivationID: fmt.Sprintf("ACT%05d", s.instance*lineItems+s.user%lineItems), Item: s.item, Version: "2.0",
		Count: licensing.One, Rate: licensing.Token, RateTable: "2025-01",
	}.Sealed()
}

func instanceOf(user int) string { return fmt.Sprintf("instance-%02d", user/usersOfEach) }
