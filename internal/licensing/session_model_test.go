package licensing

import (
	"time"

	"github.com/google/go-cmp/cmp"
)

// failer is what tests, fuzz targets and rapid's checks have in common.
type failer interface {
	Helper()
	Fatalf(format string, arguments ...any)
}

const (
	photoPrint = "PhotoPrint"
	cadPrint   = "CADPrint"
	series     = "PublicationApps"
)

// minute is a time counted from the first granted request, the clock of dynamic-monetization.md section 3.
func minute(m float64) time.Time {
	origin := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	return origin.Add(time.Duration(m * float64(time.Minute)))
}

func tokensOf(text string) Tokens {
	tokens, err := ParseTokens(text)
	if err != nil {
		panic(err)
	}
	return tokens
}

func countOf(text string) Count { return Count(tokensOf(text)) }

func item(name, version, count string) RequestedItem {
	return RequestedItem{Name: name, Version: version, Count: countOf(count)}
}

func photoPrints(count string) RequestedItem { return item(photoPrint, "1.0", count) }

func cadPrints(count string) RequestedItem { return item(cadPrint, "2.0", count) }

// publicationApps is the price list that most vectors share.
func publicationApps() *RateTable {
	return &RateTable{
		Name: "publication-apps-1", Series: series, Version: "1", EffectiveFrom: time.UnixMilli(1698849852000),
		Rates: map[ItemKey]Rate{
			{photoPrint, "1.0"}:  FixedRate(3 * Token),
			{"SignPrint", "1.0"}: FixedRate(4 * Token),
			{cadPrint, "2.0"}:    FixedRate(7 * Token),
		},
	}
}

// purchase is a line item of the common series that is valid for the time of every test.
func purchase(activationID string, quantity Tokens) LineItem {
	return LineItem{
		ActivationID: activationID, State: Deployed, Quantity: quantity, Elastic: true, RateTableSeries: series,
		Start: time.UnixMilli(1695772800000), End: time.UnixMilli(1790380800000),
	}
}

func catalogOf(lineItems ...LineItem) Catalog {
	SortInDrawOrder(lineItems)
	return Catalog{LineItems: lineItems, RateTables: NewRateTables([]*RateTable{publicationApps()})}
}

// timeline drives one session as a server would: every change is posted, and time goes from one due event to the next.
type timeline struct {
	failer
	session       Session
	requester     Requester
	books         Books
	catalog       Catalog
	terms         Terms
	lastHeartbeat time.Time
	outages       []Outage
	now           time.Time
	entries       []Entry
	causes        []Cause
}

func newTimeline(t failer, lineItems ...LineItem) *timeline {
	return &timeline{
		failer: t, session: NewSession(minute(0)), books: NewBooks(), catalog: catalogOf(lineItems...), now: minute(0),
		terms: Terms{Period: time.Hour, HeartbeatWindow: 30 * time.Minute, IdleLimit: 30 * 24 * time.Hour},
	}
}

func (l *timeline) post(outcome Outcome) Outcome {
	l.Helper()
	if !outcome.Changed {
		if len(outcome.Entries) > 0 || !cmp.Equal(outcome.Next, l.session) {
			l.Fatalf("an unchanged outcome has effects: %+v", outcome)
		}
		return outcome
	}
	if outcome.Next.Revision != l.session.Revision+1 {
		l.Fatalf("revision %d follows revision %d", outcome.Next.Revision, l.session.Revision)
	}
	if err := l.books.Apply(outcome.Entries); err != nil {
		l.Fatalf("%s: %v", outcome.Cause, err)
	}
	l.session = outcome.Next
	l.entries = append(l.entries, outcome.Entries...)
	l.causes = append(l.causes, outcome.Cause)
	return outcome
}

func (l *timeline) advance() Outcome {
	l.Helper()
	return l.post(l.session.Advance(l.lastHeartbeat, l.outages, l.books, l.catalog, l.terms, l.now))
}

// at lets time pass up to the given minute, with every due event at its time.
func (l *timeline) at(m float64) *timeline {
	l.Helper()
	for {
		due, found := l.session.NextDue(l.lastHeartbeat, l.outages, l.terms)
		if !found || due.At.After(minute(m)) {
			l.now = minute(m)
			return l
		}
		l.now = due.At
		if !l.advance().Changed {
			l.Fatalf("%s is due at %s and changes nothing", due.Event, due.At)
		}
	}
}

// wakesAt is the first look at the clock of a server that was asleep or down: everything due is late.
func (l *timeline) wakesAt(m float64) *timeline {
	l.Helper()
	l.now = minute(m)
	for l.advance().Changed {
	}
	return l
}

func (l *timeline) request(access Access) Outcome {
	l.Helper()
	return l.post(l.session.Request(access, l.books, l.catalog, l.terms, l.now))
}

func (l *timeline) put(items ...RequestedItem) Outcome {
	l.Helper()
	outcome := l.request(Access{Requester: l.requester, Items: items, RollbackOnDeny: true})
	if outcome.Verdict == Denied {
		l.Fatalf("denied: %s", outcome.Message)
	}
	return outcome
}

func (l *timeline) putDenied(rollbackOnDeny bool, items ...RequestedItem) Outcome {
	l.Helper()
	outcome := l.request(Access{Requester: l.requester, Items: items, RollbackOnDeny: rollbackOnDeny})
	if outcome.Verdict != Denied {
		l.Fatalf("%s, want %s", outcome.Verdict, Denied)
	}
	return outcome
}

func (l *timeline) close() Outcome {
	l.Helper()
	return l.post(l.session.Close(l.books, l.now))
}

func (l *timeline) beat(want Heartbeat) {
	l.Helper()
	got := l.session.Beat(l.lastHeartbeat, l.outages, l.now)
	if got != want {
		l.Fatalf("heartbeat: %s, want %s", got, want)
	}
	if got == HeartbeatRecord {
		l.lastHeartbeat = l.now
	}
}

// oneOff posts a one-off request on the same account.
func (l *timeline) oneOff(items ...RequestedItem) []ItemResult {
	l.Helper()
	results, entries := OneOff(l.books, l.catalog, l.requester, nil, items, l.now)
	if err := l.books.Apply(entries); err != nil {
		l.Fatalf("one-off: %v", err)
	}
	l.entries = append(l.entries, entries...)
	return results
}

// lineItem changes a line item of the catalog; sessions that run keep what they were charged.
func (l *timeline) lineItem(activationID string, change func(*LineItem)) {
	lineItems := append([]LineItem(nil), l.catalog.LineItems...)
	for i := range lineItems {
		if lineItems[i].ActivationID == activationID {
			change(&lineItems[i])
		}
	}
	l.catalog.LineItems = lineItems
}

func (l *timeline) wantUsed(want map[string]string) {
	l.Helper()
	got := map[string]string{}
	for activationID, used := range l.books.Usage {
		got[activationID] = used.String()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		l.Fatalf("used (-want +got):\n%s", diff)
	}
}

func (l *timeline) wantState(want SessionState) {
	l.Helper()
	if l.session.State != want {
		l.Fatalf("session is %s (%s), want %s", l.session.State, l.session.TerminatedReason, want)
	}
}

func (l *timeline) wantEnded(want TerminatedReason) {
	l.Helper()
	l.wantState(Terminated)
	if l.session.TerminatedReason != want {
		l.Fatalf("session ended for %s, want %s", l.session.TerminatedReason, want)
	}
}

func (l *timeline) wantDue(event DueEvent, m float64) {
	l.Helper()
	got, _ := l.session.NextDue(l.lastHeartbeat, l.outages, l.terms)
	if want := (Due{event, minute(m)}); !cmp.Equal(got, want) {
		l.Fatalf("next due %+v, want %+v", got, want)
	}
}

func (l *timeline) wantCauses(want ...Cause) {
	l.Helper()
	if diff := cmp.Diff(want, l.causes); diff != "" {
		l.Fatalf("causes (-want +got):\n%s", diff)
	}
}

func statusesOf(results []ItemResult) map[string]ItemStatus {
	statuses := map[string]ItemStatus{}
	for _, result := range results {
		statuses[result.Item.Name] = result.Status
	}
	return statuses
}
