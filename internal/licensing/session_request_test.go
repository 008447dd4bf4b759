package licensing

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRequestGrantsAllItemsOrNone(t *testing.T) {
	l := newTimeline(t, purchase(act01, 10*Token))
	outcome := l.putDenied(true, photoPrints("2"), cadPrints("1"), photoAlbum())
	want := map[string]ItemStatus{photoPrint: ItemNotCharged, cadPrint: ItemInsufficientTokens, "PhotoAlbum": ItemNotFound}
	if diff := cmp.Diff(want, statusesOf(outcome.Items)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	wantMessage := "item CADPrint 2.0: count 1 at rate 7 requires 7 tokens, 4 are available; " +
		"item PhotoAlbum 1.0: not found in any effective rate table of the 1 line items that accept charges; an omitted version matches only an item without version"
	if outcome.Message != wantMessage {
		t.Errorf("message %q\nwant %q", outcome.Message, wantMessage)
	}
	if got, want := outcome.Items[0].Message, "item PhotoPrint 1.0: not charged because another item of the request was denied"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	l.wantUsed(map[string]string{})
}

func photoAlbum() RequestedItem { return item("PhotoAlbum", "1.0", "1") }

func TestRequestReplacesTheWholeSet(t *testing.T) {
	l := newTimeline(t, purchase(act01, 1000*Token))
	l.put(photoPrints("1"), cadPrints("1"))
	l.at(30).put(cadPrints("1"))
	l.wantUsed(used("12"))
	l.at(90).wantUsed(used("19"))
	if got := l.session.requestedItems(); !cmp.Equal(got, []RequestedItem{cadPrints("1")}) {
		t.Errorf("items %v", got)
	}
}

func TestRefundCountsAsAvailable(t *testing.T) {
	l := newTimeline(t, purchase(act01, 10*Token))
	l.put(photoPrints("2"))
	l.at(30).put(cadPrints("1"))
	l.wantUsed(used("10"))
	denied := l.at(60-1).putDenied(true, cadPrints("2"))
	// 7 × 31/60 is rounded down: a refund never gives a fraction away.
	if got := denied.Items[0].Available.String(); got != "3.616666" {
		t.Errorf("available %s, want the refund", got)
	}
	l.wantUsed(used("10"))
}

func TestRequestDoesNotTouchItsArguments(t *testing.T) {
	l := newTimeline(t, purchase(act01, 1000*Token))
	l.put(photoPrints("1"), cadPrints("1"))
	l.at(20)
	session, books := l.session, l.books.Clone()
	before, err := json.Marshal(session)
	if err != nil {
		t.Fatal(err)
	}
	for _, access := range []Access{{}, {Items: []RequestedItem{cadPrints("3")}}, {Items: []RequestedItem{photoAlbum()}}} {
		session.Request(access, books, l.catalog, l.terms, l.now)
	}
	session.Close(books, l.now)
	session.Advance(time.Time{}, nil, books, l.catalog, l.terms, minute(500))
	after, err := json.Marshal(session)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(before), string(after)); diff != "" || !cmp.Equal(books, l.books) {
		t.Errorf("a value was changed in place:\n%s", diff)
	}
}

func TestSessionSurvivesStorage(t *testing.T) {
	l := newTimeline(t, twoLineItems()...)
	request := cadPrints("1.5")
	request.MetaData, request.Variables = json.RawMessage(`{"job":7}`), map[string]Tokens{"users": tokensOf("0.5")}
	l.request(Access{Items: []RequestedItem{photoPrints("1"), request}, Declared: Declaration{Generation: 3, Digest: "d"}})
	l.at(61)
	text, err := json.Marshal(l.session)
	if err != nil {
		t.Fatal(err)
	}
	var got Session
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l.session, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHalt(t *testing.T) {
	t.Run("an IDLE session stays as it is", func(t *testing.T) {
		l := newTimeline(t, purchase(act01, 1000*Token))
		if outcome := l.at(5).put(); outcome.Verdict != Unchanged || outcome.Changed {
			t.Errorf("outcome %+v", outcome)
		}
		l.wantDue(DueIdleTooLong, 30*24*60)
	})
	t.Run("the idle limit counts from the halt", func(t *testing.T) {
		l := newTimeline(t, purchase(act01, 1000*Token))
		l.at(1000).put(photoPrints("1"))
		l.at(1020).put()
		l.wantDue(DueIdleTooLong, 1020+30*24*60)
		l.at(1020 + 30*24*60).wantEnded(IdleTooLong)
		l.wantUsed(used("1"))
	})
	t.Run("an awaited heartbeat is awaited no more", func(t *testing.T) {
		l := newTimeline(t, purchase(act01, 1000*Token))
		l.put(photoPrints("1"))
		l.at(80).put()
		l.at(100).wantState(Idle)
		l.wantUsed(used("4"))
	})
}

func TestClose(t *testing.T) {
	t.Run("again changes and refunds nothing", func(t *testing.T) {
		l := newTimeline(t, purchase(act01, 1000*Token))
		l.put(photoPrints("1"))
		l.at(20).close()
		if again := l.at(25).close(); again.Verdict != Unchanged || again.Changed || again.Entries != nil {
			t.Errorf("outcome %+v", again)
		}
		l.wantUsed(used("1"))
	})
	t.Run("of an IDLE session moves no tokens", func(t *testing.T) {
		l := newTimeline(t, purchase(act01, 1000*Token))
		if outcome := l.at(5).close(); outcome.Cause != CauseClosed || outcome.Entries != nil {
			t.Errorf("outcome %+v", outcome)
		}
		l.wantEnded(Closed)
	})
	t.Run("just when the period ends refunds nothing", func(t *testing.T) {
		l := newTimeline(t, purchase(act01, 1000*Token))
		l.put(photoPrints("1"))
		l.now = minute(60)
		l.close()
		l.wantUsed(used("3"))
	})
	t.Run("at the instant of the charge refunds all of it", func(t *testing.T) {
		l := newTimeline(t, purchase(act01, 1000*Token))
		l.put(photoPrints("1"))
		l.close()
		l.wantUsed(used("0"))
	})
	t.Run("with a clock that jumped back refunds no more than was charged", func(t *testing.T) {
		l := newTimeline(t, purchase(act01, 1000*Token))
		l.oneOff(photoPrints("10"))
		l.put(photoPrints("1"))
		l.at(-500).close()
		l.wantUsed(used("30"))
	})
	t.Run("refunds no more than the ledger says is used", func(t *testing.T) {
		l := newTimeline(t, purchase(act01, 1000*Token))
		l.put(photoPrints("10"))
		l.books.Usage[act01] = Token
		l.at(20).close()
		l.wantUsed(used("0"))
	})
}

func TestDenialWithoutRollback(t *testing.T) {
	t.Run("ends an IDLE session too", func(t *testing.T) {
		l := newTimeline(t, purchase(act01, 1000*Token))
		l.putDenied(false, photoAlbum())
		l.wantEnded(DeniedWithoutRollback)
		l.wantUsed(map[string]string{})
	})
	t.Run("tells a later caller why the session is over", func(t *testing.T) {
		l := newTimeline(t, purchase(act01, 1000*Token))
		l.putDenied(false, photoAlbum())
		got := l.putDenied(true, photoPrints("1")).Message
		if want := "the session is TERMINATED (DeniedWithoutRollback) and accepts no request: create a new session"; got != want {
			t.Errorf("message %q, want %q", got, want)
		}
	})
	t.Run("with rollback an IDLE session stays IDLE", func(t *testing.T) {
		l := newTimeline(t, purchase(act01, 1000*Token))
		l.putDenied(true, photoAlbum())
		l.wantState(Idle)
		l.wantDue(DueIdleTooLong, 30*24*60)
	})
}

func TestTotalsAreTheSumOfTheEntries(t *testing.T) {
	l := newTimeline(t, twoLineItems()...)
	l.put(photoPrints("1"), cadPrints("2"))
	l.at(20).put(cadPrints("3"))
	l.at(81).close()
	var charged, refunded Tokens
	for _, entry := range l.entries {
		if entry.Kind == EntryRefund {
			refunded += entry.Tokens
		} else {
			charged += entry.Tokens
		}
	}
	if l.session.Charged != charged || l.session.Refunded != refunded || refunded == 0 {
		t.Errorf("totals %s and %s, want %s and %s", l.session.Charged, l.session.Refunded, charged, refunded)
	}
}
