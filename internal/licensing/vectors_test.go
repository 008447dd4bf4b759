package licensing

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const act01 = "ACT01-Elastic"

func used(amount string) map[string]string { return map[string]string{act01: amount} }

// TestVectors runs the vectors of dynamic-monetization.md section 3 that need neither REST nor keys.
func TestVectors(t *testing.T) {
	for _, vector := range []struct {
		name string
		run  func(*timeline)
	}{
		{"vector 3.3 one-off, one line item", func(l *timeline) {
			results := l.oneOff(photoPrints("10"), cadPrints("2"))
			l.wantCharges(results[0], LineItemCharge{ActivationID: act01, Rate: 3 * Token, Tokens: 30 * Token, RateTable: "1", Series: series})
			l.wantCharges(results[1], LineItemCharge{ActivationID: act01, Rate: 7 * Token, Tokens: 14 * Token, RateTable: "1", Series: series})
			l.wantUsed(used("44"))
			if got := l.catalog.LineItems[0].Available(l.books.Usage[act01]); got != 956*Token {
				l.Fatalf("available %s, want 956", got)
			}
		}},
		{"vector 3.4 session request, same numbers", func(l *timeline) {
			l.wantState(Idle)
			outcome := l.put(photoPrints("10"), cadPrints("2"))
			l.wantState(Active)
			l.wantUsed(used("44"))
			if got := outcome.Items[0].Tokens() + outcome.Items[1].Tokens(); got != 44*Token {
				l.Fatalf("charged %s, want 44", got)
			}
		}},
		{"vector 3.7 invalid item in a session", func(l *timeline) {
			outcome := l.putDenied(true, item("PhotoAlbum", "1.0", "1"), photoPrints("5"))
			want := map[string]ItemStatus{"PhotoAlbum": ItemNotFound, photoPrint: ItemNotCharged}
			if diff := cmp.Diff(want, statusesOf(outcome.Items)); diff != "" {
				l.Fatalf("statuses (-want +got):\n%s", diff)
			}
			for _, result := range outcome.Items {
				if result.Tokens() != 0 || result.Charges != nil {
					l.Fatalf("%s is charged in a denied request", result.Item)
				}
			}
			l.wantUsed(map[string]string{})
			l.wantState(Idle)
		}},
		{"vector 3.8 same list as one-off", func(l *timeline) {
			results := l.oneOff(item("PhotoAlbum", "1.0", "1"), photoPrints("5"))
			want := map[string]ItemStatus{"PhotoAlbum": ItemNotFound, photoPrint: ItemGranted}
			if diff := cmp.Diff(want, statusesOf(results)); diff != "" {
				l.Fatalf("statuses (-want +got):\n%s", diff)
			}
			l.wantUsed(used("15"))
		}},
		{"vector 3.9 simple repeated charge then delete", func(l *timeline) {
			l.put(photoPrints("1"))
			l.at(60).wantUsed(used("6"))
			l.at(75).beat(HeartbeatRecord)
			l.at(119).wantUsed(used("6"))
			l.at(120).wantUsed(used("9"))
			l.at(140).close()
			l.wantUsed(used("7"))
			l.wantEnded(Closed)
		}},
		{"vector 3.9 with the 44 token set", func(l *timeline) {
			l.put(photoPrints("10"), cadPrints("2"))
			l.at(75).beat(HeartbeatRecord)
			l.at(140).close()
			// 30 × 40/60 is 20, and 14 × 40/60 is rounded down to 9.333333.
			l.wantUsed(used("102.666667"))
		}},
		{"vector 3.10 mid-session change", func(l *timeline) {
			l.put(photoPrints("1"))
			l.at(61).beat(HeartbeatRecord)
			l.at(140).put(photoPrints("1"), cadPrints("1"))
			l.wantUsed(used("17"))
			l.wantDue(DueAutomaticCharge, 200)
			l.at(199).wantUsed(used("17"))
			l.at(200).wantUsed(used("27"))
			l.wantDue(DueHeartbeatMissed, 230)
		}},
		{"vector 3.11 missed heartbeat", func(l *timeline) {
			l.put(photoPrints("1"))
			l.at(89).beat(HeartbeatRecord)
			l.at(149).wantState(Active)
			l.at(150).wantEnded(HeartbeatMissed)
			l.wantUsed(used("6"))
			l.beat(HeartbeatTerminated)
			l.putDenied(true, photoPrints("1"))
		}},
		{"vector 3.12 no heartbeat needed after the first charge", func(l *timeline) {
			l.put(photoPrints("1"))
			l.at(59).wantState(Active)
			l.beat(HeartbeatUnneeded)
			l.at(60).wantUsed(used("6"))
			l.at(90).wantEnded(HeartbeatMissed)
			l.wantUsed(used("3"))
		}},
		{"vector 3.13 beat before the charge does not help", func(l *timeline) {
			l.put(photoPrints("1"))
			for _, m := range []float64{10, 55} {
				l.at(m)
				l.lastHeartbeat = l.now
			}
			l.at(90).wantEnded(HeartbeatMissed)
		}},
		{"vector 3.14 halt and resume", func(l *timeline) {
			l.put(photoPrints("1"))
			l.at(20).put()
			l.wantUsed(used("1"))
			l.wantState(Idle)
			l.at(75).beat(HeartbeatUnneeded)
			l.at(500).put(photoPrints("1"))
			l.wantUsed(used("4"))
			l.wantState(Active)
			l.wantDue(DueAutomaticCharge, 560)
			l.wantCauses(CauseAccess, CauseHalt, CauseAccess)
		}},
		{"vector 3.15 idle limit", func(l *timeline) {
			const days30 = 30 * 24 * 60
			l.at(days30 - 1).wantState(Idle)
			l.at(days30).wantEnded(IdleTooLong)
			l.putDenied(true, photoPrints("1"))
			l.beat(HeartbeatTerminated)
		}},
		{"vector 3.16 denied with rollback", func(l *timeline) {
			l.put(photoPrints("1"))
			l.at(20).putDenied(true, cadPrints("1000"))
			l.wantUsed(used("3"))
			l.wantState(Active)
			l.wantDue(DueAutomaticCharge, 60)
			l.at(60).wantUsed(used("6"))
		}},
		{"vector 3.17 denied without rollback", func(l *timeline) {
			l.put(photoPrints("1"))
			l.at(20).putDenied(false, cadPrints("1000"))
			l.wantUsed(used("1"))
			l.wantEnded(DeniedWithoutRollback)
		}},
		{"vector 3.18 automatic charge not affordable", func(l *timeline) {
			l.lineItem(act01, func(item *LineItem) { item.Quantity = 10 * Token })
			l.put(photoPrints("2"))
			l.at(60).wantEnded(NotAffordable)
			l.wantUsed(used("6"))
			l.beat(HeartbeatTerminated)
		}},
		{"vector 3.22 time zone tolerance", func(l *timeline) {
			lineItem := l.catalog.LineItems[0]
			lineItem.Start = time.Date(2025, 1, 8, 0, 0, 0, 0, time.UTC)
			adelaide := time.Date(2025, 1, 7, 13, 30, 0, 0, time.UTC)
			if lineItem.UsableAt(adelaide, false) || !lineItem.UsableAt(adelaide, true) {
				l.Fatalf("midnight in Adelaide must be usable with tolerance only")
			}
		}},
		{"vector 3.24 version matching", func(l *timeline) {
			if got := l.oneOff(item(photoPrint, "", "1"))[0].Status; got != ItemNotFound {
				l.Fatalf("status %s, want %s", got, ItemNotFound)
			}
			table := publicationApps()
			table.Rates[ItemKey{Name: photoPrint}] = FixedRate(11 * Token)
			l.catalog.RateTables = NewRateTables([]*RateTable{table})
			l.oneOff(item(photoPrint, "", "1"))
			l.wantUsed(used("11"))
		}},
	} {
		t.Run(vector.name, func(t *testing.T) { vector.run(newTimeline(t, purchase(act01, 1000*Token))) })
	}
}

func (l *timeline) wantCharges(result ItemResult, want ...LineItemCharge) {
	l.Helper()
	if diff := cmp.Diff(want, result.Charges); diff != "" {
		l.Fatalf("%s (-want +got):\n%s", result.Item, diff)
	}
}

// twoLineItems are those of vector 3.5.
func twoLineItems() []LineItem {
	first, second := purchase("ACT01", 10*Token), purchase("ACT02", 100*Token)
	first.End = time.Date(2034, 4, 17, 12, 0, 0, 0, time.UTC)
	second.End = time.Date(2035, 8, 28, 12, 0, 0, 0, time.UTC)
	return []LineItem{second, first}
}

func TestVectorsOverSeveralLineItems(t *testing.T) {
	t.Run("vector 3.5 split over two line items", func(t *testing.T) {
		l := newTimeline(t, twoLineItems()...)
		results := l.oneOff(photoPrints("1"), cadPrints("8"))
		l.wantUsed(map[string]string{"ACT01": "10", "ACT02": "49"})
		l.wantCharges(results[1],
			LineItemCharge{ActivationID: "ACT01", Rate: 7 * Token, Tokens: 7 * Token, RateTable: "1", Series: series},
			LineItemCharge{ActivationID: "ACT02", Rate: 7 * Token, Tokens: 49 * Token, RateTable: "1", Series: series})
		if first, second := results[0].Tokens(), results[1].Tokens(); first != 3*Token || second != 56*Token {
			t.Fatalf("charged %s and %s, want 3 and 56", first, second)
		}
	})
	t.Run("vector 3.6 order with equal ends", func(t *testing.T) {
		later, earlier := purchase("L1", 10*Token), purchase("L2", 10*Token)
		later.Start = earlier.Start.Add(24 * time.Hour)
		l := newTimeline(t, later, earlier)
		l.oneOff(photoPrints("1"))
		l.wantUsed(map[string]string{"L2": "3"})
	})
	t.Run("vector 3.19 refund goes where the charge came from", func(t *testing.T) {
		l := newTimeline(t, twoLineItems()...)
		l.put(photoPrints("1"), cadPrints("8"))
		l.wantUsed(map[string]string{"ACT01": "10", "ACT02": "49"})
		l.at(30).close()
		l.wantUsed(map[string]string{"ACT01": "5", "ACT02": "24.5"})
	})
}

func TestVector20LineItemChangesStateDuringASession(t *testing.T) {
	for _, state := range []LineItemState{Inactive, Obsolete, "deleted"} {
		t.Run("vector 3.20 refund after "+string(state), func(t *testing.T) {
			l := newTimeline(t, purchase(act01, 1000*Token))
			l.put(photoPrints("1"))
			l.at(10)
			if state == "deleted" {
				l.catalog.LineItems = nil
			}
			l.lineItem(act01, func(item *LineItem) { item.State = state })
			if !l.session.HoldsChargeOn(act01) {
				t.Fatal("the line item is in use by the session")
			}
			if got := l.oneOff(photoPrints("1"))[0].Status; got != ItemNoActiveLineItem {
				t.Fatalf("status of a new request %s, want %s", got, ItemNoActiveLineItem)
			}
			l.at(30).close()
			l.wantUsed(used("1.5"))
			if l.session.HoldsChargeOn(act01) {
				t.Fatal("a closed session uses no line item")
			}
			l.lineItem(act01, func(item *LineItem) { item.State = Deployed })
			if got := l.oneOff(photoPrints("1"))[0].Status; state == Inactive && got != ItemGranted {
				t.Fatalf("status after DEPLOYED again %s, want %s", got, ItemGranted)
			}
		})
	}
}

func TestVector21RateTableChoice(t *testing.T) {
	day := func(version string, days int, rate Tokens) *RateTable {
		return &RateTable{Name: "s-" + version, Series: "S", Version: version, EffectiveFrom: minute(float64(days) * 24 * 60),
			Rates: map[ItemKey]Rate{{photoPrint, "1.0"}: FixedRate(rate)}}
	}
	seriesless := day("9", -5, 13*Token)
	seriesless.Series = ""
	tables := NewRateTables([]*RateTable{day("2", -1, 3*Token), day("1", 0, 5*Token), day("3", 1, 9*Token), seriesless})
	for name, want := range map[string]string{"S": "5", "": "13"} {
		t.Run("vector 3.21 series "+name, func(t *testing.T) {
			l := newTimeline(t, purchase(act01, 1000*Token))
			l.lineItem(act01, func(item *LineItem) { item.RateTableSeries = name })
			l.catalog.RateTables = tables
			l.oneOff(photoPrints("1"))
			l.wantUsed(used(want))
		})
	}
}

func TestVector23Overdraft(t *testing.T) {
	for _, vector := range []struct {
		name      string
		overdraft Overdraft
		want      string
	}{
		{"vector 3.23 without overdraft", Overdraft{}, "100"},
		{"vector 3.23 with a number", Overdraft{OverdraftNumber, 20 * Token}, "120"},
		{"vector 3.23 unlimited", Overdraft{OverdraftUnlimited, 0}, "140"},
	} {
		t.Run(vector.name, func(t *testing.T) {
			l := newTimeline(t, purchase(act01, 100*Token))
			table := publicationApps()
			table.Rates[ItemKey{Name: "Unit"}] = FixedRate(Token)
			l.catalog.RateTables = NewRateTables([]*RateTable{table})
			l.lineItem(act01, func(item *LineItem) { item.Overdraft = vector.overdraft })
			for range 14 {
				l.oneOff(item("Unit", "", "10"))
			}
			l.wantUsed(used(vector.want))
		})
	}
}
