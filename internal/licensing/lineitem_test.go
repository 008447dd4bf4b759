package licensing

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestUsableAt(t *testing.T) {
	start, end := minute(0), minute(60)
	for _, test := range []struct {
		name     string
		at       time.Time
		tolerant bool
		change   func(*LineItem)
		want     bool
	}{
		{name: "at its start", at: start, want: true},
		{name: "just before its start", at: start.Add(-time.Nanosecond)},
		{name: "just before its end", at: end.Add(-time.Nanosecond), want: true},
		{name: "at its end", at: end},
		{name: "tolerant: twelve hours before its start", at: start.Add(-12 * time.Hour), tolerant: true, want: true},
		{name: "tolerant: earlier than that", at: start.Add(-12*time.Hour - time.Nanosecond), tolerant: true},
		{name: "tolerant: just before twelve hours after its end", at: end.Add(12*time.Hour - time.Nanosecond), tolerant: true, want: true},
		{name: "tolerant: twelve hours after its end", at: end.Add(12 * time.Hour), tolerant: true},
		{name: "in another time zone", at: start.In(time.FixedZone("Adelaide", 9*3600+1800)), want: true},
		{name: "inactive", at: start, change: func(l *LineItem) { l.State = Inactive }},
		{name: "obsolete", at: start, change: func(l *LineItem) { l.State = Obsolete }},
		{name: "of no state", at: start, change: func(l *LineItem) { l.State = "" }},
		{name: "not elastic", at: start, change: func(l *LineItem) { l.Elastic = false }},
	} {
		t.Run(test.name, func(t *testing.T) {
			lineItem := purchase(act01, Token)
			lineItem.Start, lineItem.End = start, end
			if test.change != nil {
				test.change(&lineItem)
			}
			if got := lineItem.UsableAt(test.at, test.tolerant); got != test.want {
				t.Errorf("usable %t, want %t", got, test.want)
			}
		})
	}
}

func TestCapacity(t *testing.T) {
	for _, test := range []struct {
		name      string
		quantity  Tokens
		overdraft Overdraft
		used      Tokens
		capacity  Tokens
		available Tokens
	}{
		{"without overdraft", 100, Overdraft{}, 30, 100, 70},
		{"used up", 100, Overdraft{}, 100, 100, 0},
		{"a limit without type allows nothing", 100, Overdraft{Limit: 20}, 100, 100, 0},
		{"overdraft of a number", 100, Overdraft{OverdraftNumber, 20}, 110, 120, 10},
		{"overdraft of a number, used up", 100, Overdraft{OverdraftNumber, 20}, 120, 120, 0},
		{"the largest overdraft does not wrap around", 100, Overdraft{OverdraftNumber, MaxTokens}, 10, MaxTokens, MaxTokens - 10},
		{"unlimited overdraft", 100, Overdraft{OverdraftUnlimited, 0}, 1000, MaxTokens, MaxTokens - 1000},
		{"unlimited overdraft ignores the limit", 100, Overdraft{OverdraftUnlimited, 20}, 1000, MaxTokens, MaxTokens - 1000},
		{"the producer lowered the quantity below what is used", 100, Overdraft{}, 150, 100, 0},
		{"lowered, within the overdraft", 100, Overdraft{OverdraftNumber, 70}, 150, 170, 20},
		{"a type nobody knows allows nothing", 100, Overdraft{"Percentage", 20}, 100, 100, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			lineItem := LineItem{Quantity: test.quantity, Overdraft: test.overdraft}
			if got := lineItem.Capacity(); got != test.capacity {
				t.Errorf("capacity %s, want %s", got, test.capacity)
			}
			if got := lineItem.Available(test.used); got != test.available {
				t.Errorf("available %s, want %s", got, test.available)
			}
		})
	}
}

func TestDrawOrderIsEndThenStartThenActivationID(t *testing.T) {
	lineItem := func(id string, start, end float64) LineItem {
		return LineItem{ActivationID: id, Start: minute(start), End: minute(end)}
	}
	want := []LineItem{
		lineItem("z", 30, 60), lineItem("y", 10, 90), lineItem("a", 20, 90), lineItem("b", 20, 90), lineItem("x", 0, 120),
	}
	for range 20 {
		got := append([]LineItem(nil), want...)
		rand.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		SortInDrawOrder(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}
