package licensing

import (
	"fmt"
	"time"
)

// world is an account with several sessions to which anything may happen, in any order and at any time. What happens is
// up to choose, which gives a number from 0 to n-1.
type world struct {
	failer
	choose   func(n int) int
	now      time.Time
	books    Books
	catalog  Catalog
	tables   []*RateTable
	terms    Terms
	outages  []Outage
	sessions []*inhabitant
	entries  []Entry
	// restricted is a world in which line items have rules of access.
	restricted bool
}

// inhabitant is a session and what is known of it from outside.
type inhabitant struct {
	session        Session
	lastHeartbeat  time.Time
	generation     int64
	charged        Usage
	refunded       Usage
	everTerminated bool
}

func pick[T any](w *world, values ...T) T { return values[w.choose(len(values))] }

func newWorld(t failer, choose func(n int) int) *world {
	w := &world{failer: t, choose: choose, now: minute(0), books: NewBooks()}
	period := pick(w, 10*time.Minute, time.Hour, 90*time.Minute)
	w.terms = Terms{Period: period, HeartbeatWindow: period / 2, HeartbeatGrace: 10 * time.Second, IdleLimit: 30 * 24 * time.Hour}
	w.publish("S", -10)
	w.publish("", -10)
	for i := range 1 + w.choose(4) {
		lineItem := purchase(fmt.Sprintf("ACT%d", i), tokensOf(pick(w, "1", "10", "99.999999", "1000", "1000000")))
		lineItem.RateTableSeries = pick(w, "S", "")
		lineItem.Overdraft = pick(w, Overdraft{}, Overdraft{OverdraftNumber, 5 * Token}, Overdraft{Type: OverdraftUnlimited})
		lineItem.Start, lineItem.End = minute(float64(-w.choose(3))), minute(float64(pick(w, 100, 1000, 100_000)))
		w.catalog.LineItems = append(w.catalog.LineItems, lineItem)
	}
	SortInDrawOrder(w.catalog.LineItems)
	w.catalog.TimezoneTolerant = w.choose(2) == 1
	if w.restricted = w.choose(2) == 1; w.restricted {
		w.catalog.Conditions = Conditions{
			"engineering": {ID: "engineering", Terms: []Term{departmentIs("Engineering")}},
			"staff":       {ID: "staff", Terms: []Term{departmentIs("Engineering", "Sales")}},
		}
		for i := range w.catalog.LineItems {
			w.catalog.LineItems[i].Actions = w.actions()
		}
	}
	for range 3 {
		w.sessions = append(w.sessions, &inhabitant{session: NewSession(w.now), charged: Usage{}, refunded: Usage{}})
	}
	return w
}

// publish makes a price list that becomes effective some minutes from now.
func (w *world) publish(series string, inMinutes float64) {
	version := fmt.Sprint(len(w.tables))
	table := &RateTable{Name: "t" + version, Series: series, Version: version, EffectiveFrom: w.now.Add(time.Duration(inMinutes * float64(time.Minute))), Rates: map[ItemKey]Rate{}}
	for _, name := range []string{"A", "B", "C"}[w.choose(2):] {
		table.Rates[ItemKey{Name: name}] = FixedRate(tokensOf(pick(w, "0", "1", "3", "0.333333", "7.000001", "0.000001", "123456.789")))
	}
	w.tables = append(w.tables, table)
	w.catalog.RateTables = NewRateTables(w.tables)
}

func (w *world) items() []RequestedItem {
	var items []RequestedItem
	for _, name := range []string{"A", "B", "C"} {
		if w.choose(2) == 1 {
			items = append(items, item(name, "", pick(w, "0.000001", "0.5", "1", "3", "33.333333", "1000")))
		}
	}
	return items
}

func (w *world) actions() (actions []Action) {
	for _, condition := range pick(w, []string{}, []string{"engineering", "staff"}, []string{"staff", ""}, []string{"gone", "engineering", ""}) {
		action := Action{ID: "for-" + condition, ConditionID: condition, Allow: w.choose(4) > 0}
		if condition != "" || w.choose(2) == 1 {
			action.Allocation = new(tokensOf(pick(w, "0", "0.5", "7.000001", "60", "1000000")))
		}
		actions = append(actions, action)
	}
	return actions
}

func (w *world) requester() Requester {
	if !w.restricted {
		return Requester{}
	}
	return from(pick(w, "Engineering", "Sales", "Marketing"))
}

func (w *world) step() {
	w.Helper()
	who := w.sessions[w.choose(len(w.sessions))]
	switch w.choose(13) {
	case 0, 1, 2:
		w.requests(who)
	case 3:
		w.closes(who)
	case 4:
		w.beats(who)
	case 5, 6:
		w.now = w.now.Add(time.Duration(w.choose(256)) * 17 * time.Second)
	case 7:
		w.now = w.now.Add(-time.Duration(w.choose(256)) * time.Minute)
	case 8:
		w.advances(who)
	case 9:
		for _, who := range w.sessions {
			w.catchesUp(who)
		}
	case 10:
		requester := w.requester()
		results, entries := OneOff(w.books, w.catalog, requester, nil, w.items(), w.now)
		w.wantFairPrices(results)
		w.post(entries, requester, w.now)
	case 11:
		w.producerActs()
	case 12:
		w.breaksDown()
	}
}

func (w *world) requests(who *inhabitant) {
	w.Helper()
	who.generation++
	access := Access{Requester: w.requester(), Items: w.items(), RollbackOnDeny: w.choose(4) > 0}
	if w.choose(2) == 1 {
		access.Declared = Declaration{Generation: who.generation, Digest: fmt.Sprint(access.Items)}
	}
	before := who.session
	outcome := who.session.Request(access, w.books, w.catalog, w.terms, w.now)
	w.wantFairPrices(outcome.Items)
	w.commit(who, outcome, w.now)
	switch outcome.Verdict {
	case Denied:
		if access.RollbackOnDeny && outcome.Changed {
			w.Fatalf("a denial with rollback changes something: %+v", outcome)
		}
		if before.State != Terminated && outcome.Message == "" {
			w.Fatalf("a denial without a reason")
		}
	case Granted:
		if access.Declared.Generation == 0 {
			return
		}
		if again := who.session.Request(access, w.books, w.catalog, w.terms, w.now); again.Changed {
			w.Fatalf("the same declaration is acted on twice: %+v", again)
		}
	case Unchanged:
	}
}

func (w *world) closes(who *inhabitant) {
	w.Helper()
	w.commit(who, who.session.Close(w.books, w.now), w.now)
	if again := who.session.Close(w.books, w.now); again.Changed || again.Entries != nil {
		w.Fatalf("closing again has effects: %+v", again)
	}
}

func (w *world) beats(who *inhabitant) {
	w.Helper()
	answer := who.session.Beat(who.lastHeartbeat, w.outages, w.now)
	if (answer == HeartbeatTerminated) != (who.session.State == Terminated) {
		w.Fatalf("a session that is %s answers %s", who.session.State, answer)
	}
	if answer == HeartbeatRecord {
		who.lastHeartbeat = w.now
		// A heartbeat that a slow clock puts before the charge does not count for it.
		if w.now.Before(who.session.LastAutomaticCharge) {
			return
		}
		if again := who.session.Beat(who.lastHeartbeat, w.outages, w.now); again != HeartbeatUnneeded {
			w.Fatalf("a second heartbeat at the same time is %s", again)
		}
	}
}

func (w *world) advances(who *inhabitant) bool {
	w.Helper()
	due, found := who.session.NextDue(who.lastHeartbeat, w.outages, w.terms)
	outcome := who.session.Advance(who.lastHeartbeat, w.outages, w.books, w.catalog, w.terms, w.now)
	if outcome.Changed != (found && !w.now.Before(due.At)) {
		w.Fatalf("due %+v at %s: changed %t", due, w.now, outcome.Changed)
	}
	priced := w.now
	if outcome.Cause == CauseAutomaticCharge {
		priced = outcome.Next.PeriodStart
	}
	w.commit(who, outcome, priced)
	return outcome.Changed
}

// catchesUp does everything that is due, which must come to an end: every event but the last takes up one period.
func (w *world) catchesUp(who *inhabitant) {
	w.Helper()
	periods := max(0, w.now.Sub(who.session.ChargedUntil)) / w.terms.Period
	for events := time.Duration(0); w.advances(who); events++ {
		if events > periods+2 {
			w.Fatalf("%d events in %d periods, and no end", events, periods)
		}
	}
}

func (w *world) producerActs() {
	if w.choose(3) == 0 {
		w.publish(pick(w, "S", ""), float64(w.choose(100)))
		return
	}
	lineItems := append([]LineItem(nil), w.catalog.LineItems...)
	lineItem := &lineItems[w.choose(len(lineItems))]
	if w.restricted && w.choose(2) == 1 {
		lineItem.Actions = w.actions()
	}
	switch w.choose(3) {
	case 0:
		lineItem.State = pick(w, Deployed, Inactive, Obsolete)
	case 1:
		lineItem.Quantity = tokensOf(pick(w, "1", "50", "5000"))
	case 2:
		lineItem.Overdraft = pick(w, Overdraft{}, Overdraft{OverdraftNumber, Token})
	}
	w.catalog.LineItems = lineItems
}

// breaksDown is a time without servers; outages are sorted and do not overlap.
func (w *world) breaksDown() {
	outage := Outage{From: w.now, To: w.now.Add(time.Duration(1+w.choose(256)) * time.Minute)}
	if n := len(w.outages); n > 0 {
		outage.From = later(outage.From, w.outages[n-1].To)
	}
	if outage.To.After(outage.From) {
		w.outages = append(w.outages, outage)
	}
	w.now = later(w.now, outage.To)
}
