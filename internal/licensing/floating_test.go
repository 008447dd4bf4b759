package licensing

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var floatingNoon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// afterNoon is a time of the stories below.
func afterNoon(minutes float64) time.Time {
	return floatingNoon.Add(time.Duration(minutes * float64(time.Minute)))
}

func twoPlaces() FloatingTerms { return FloatingTerms{Limit: 2, Enforce: true, Period: time.Hour} }

func TestFloatingSessions(t *testing.T) {
	type step struct {
		at    float64 // minutes
		open  string  // "client/session", or "client/session/user"
		close string
		clear bool
		// checkout is in minutes.
		checkout float64
		refused  FloatingReason
		// until is when the session that was opened ends, in minutes.
		until float64
		count int
	}
	unenforced, onePerClient, people, lowered := twoPlaces(), twoPlaces(), twoPlaces(), twoPlaces()
	unenforced.Enforce = false
	onePerClient.PerClient = 1
	people.Users = true
	lowered.Limit = 0
	tests := []struct {
		name  string
		terms FloatingTerms
		steps []step
	}{
		{"as many clients work at the same time as there are places", twoPlaces(), []step{
			{open: "a/1", until: 60, count: 1}, {open: "b/1", until: 60, count: 2}, {open: "c/1", refused: SessionLimitReached, count: 2},
		}},
		{"opening again renews, also when no place is free", twoPlaces(), []step{
			{open: "a/1", until: 60, count: 1}, {open: "b/1", until: 60, count: 2}, {at: 30, open: "a/1", until: 90, count: 2},
		}},
		{"a closed session frees its place, and closing again frees no other", twoPlaces(), []step{
			{open: "a/1", until: 60, count: 1}, {open: "b/1", until: 60, count: 2}, {close: "a/1", count: 1}, {close: "a/1", count: 1},
			{open: "c/1", until: 60, count: 2}, {open: "d/1", refused: SessionLimitReached, count: 2},
		}},
		{"a session that is not renewed ends with its period", twoPlaces(), []step{
			{open: "a/1", until: 60, count: 1}, {at: 10, open: "b/1", until: 70, count: 2},
			{at: 59.9, open: "c/1", refused: SessionLimitReached, count: 2}, {at: 60, open: "c/1", until: 120, count: 2},
		}},
		{"a session that has ended is no longer renewed: it needs a free place", twoPlaces(), []step{
			{open: "a/1", until: 60, count: 1}, {at: 60, open: "b/1", until: 120, count: 1}, {at: 60, open: "c/1", until: 120, count: 2},
			{at: 61, open: "a/1", refused: SessionLimitReached, count: 2},
		}},
		{"two clients that choose the same session id have two places", twoPlaces(), []step{
			{open: "a/1", until: 60, count: 1}, {open: "b/1", until: 60, count: 2}, {close: "c/1", count: 2}, {close: "b/1", count: 1},
		}},
		{"without enforcement sessions beyond the limit are opened", unenforced, []step{
			{open: "a/1", until: 60, count: 1}, {open: "b/1", until: 60, count: 2}, {open: "c/1", until: 60, count: 3},
		}},
		{"a client has as many sessions as it may have", onePerClient, []step{
			{open: "a/1", until: 60, count: 1}, {open: "a/2", refused: ClientSessionLimitReached, count: 1}, {open: "a/1", until: 60, count: 1},
			{open: "b/1", until: 60, count: 2}, {close: "a/1", count: 1}, {open: "a/2", until: 60, count: 2},
		}},
		{"a user has one session, on whichever client", people, []step{
			{open: "a/1/lisa", until: 60, count: 1}, {open: "b/2/lisa", refused: UserHasSession, count: 1}, {open: "a/1/lisa", until: 60, count: 1},
			{open: "b/2/tom", until: 60, count: 2}, {open: "b/2/lisa", refused: UserHasSession, count: 2},
		}},
		{"where clients are users one must be named", people, []step{{open: "a/1", refused: UserIDRequired}}},
		{"a checkout holds longer than the period", twoPlaces(), []step{
			{open: "a/1", checkout: 2880, until: 2880, count: 1}, {at: 120, open: "b/1", until: 180, count: 2}, {at: 2879, open: "b/1", until: 2939, count: 2},
		}},
		{"a checkout shorter than the period shortens nothing", twoPlaces(), []step{{open: "a/1", checkout: 1, until: 60, count: 1}}},
		{"a renewal does not shorten a checkout", twoPlaces(), []step{
			{open: "a/1", checkout: 2880, until: 2880, count: 1}, {at: 60, open: "a/1", until: 2880, count: 1},
		}},
		{"a checkout period is more than zero", twoPlaces(), []step{
			{open: "a/1", checkout: -1, refused: CheckoutPeriodInvalid}, {open: "a/1", checkout: math.NaN(), refused: CheckoutPeriodInvalid},
			{open: "a/1", checkout: math.Inf(1), refused: CheckoutPeriodInvalid}, {open: "a/1", checkout: 525_600.5, refused: CheckoutPeriodInvalid},
			{open: "a/1", checkout: 525_600, until: 525_600, count: 1},
		}},
		{"parts of a minute are rounded up to a second", twoPlaces(), []step{{open: "a/1", checkout: 60.001, until: 60 + 1.0/60, count: 1}}},
		{"a session has an id", twoPlaces(), []step{{open: "a/", refused: SessionIDRequired}}},
		{"with a limit of zero nobody works", lowered, []step{{open: "a/1", refused: SessionLimitReached}}},
		{"all sessions can be closed at once", twoPlaces(), []step{
			{open: "a/1", until: 60, count: 1}, {open: "b/1", until: 60, count: 2}, {clear: true}, {open: "c/1", until: 60, count: 1},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var register FloatingRegister
			for i, step := range test.steps {
				now := afterNoon(step.at)
				client, id, user := splitSession(step.open + step.close)
				switch {
				case step.clear:
					register = register.CloseAll(now)
				case step.close != "":
					register = register.Close(client, id, now)
				default:
					request := FloatingRequest{SessionID: id, ClientID: client, UserID: user}
					if step.checkout != 0 {
						request.CheckoutMinutes = &step.checkout
					}
					next, session, err := register.Open(test.terms, request, now)
					refusal := (*FloatingError)(nil)
					if errors.As(err, &refusal) && refusal.Reason != step.refused || err == nil && step.refused != "" {
						t.Fatalf("step %d: got %v, want %q", i, err, step.refused)
					}
					if err == nil && !session.Until.Equal(afterNoon(step.until)) {
						t.Errorf("step %d: open until %s, want %s", i, session.Until, afterNoon(step.until))
					}
					register = next
				}
				if got := register.At(now).Count(); got != step.count {
					t.Errorf("step %d: %d sessions are open, want %d", i, got, step.count)
				}
			}
		})
	}
}

func splitSession(text string) (client, id, user string) {
	parts := append(strings.Split(text, "/"), "", "")
	return parts[0], parts[1], parts[2]
}

func TestFloatingSessionKeepsWhenItWasOpened(t *testing.T) {
	register, _, _ := FloatingRegister{}.Open(twoPlaces(), FloatingRequest{SessionID: "1", ClientID: "a"}, floatingNoon.Add(300*time.Millisecond))
	_, session, err := register.Open(twoPlaces(), FloatingRequest{SessionID: "1", ClientID: "a", UserID: "lisa"}, afterNoon(5))
	if err != nil {
		t.Fatal(err)
	}
	want := FloatingSession{ID: "1", ClientID: "a", UserID: "lisa", Created: floatingNoon, Modified: afterNoon(5), Until: afterNoon(65)}
	if diff := cmp.Diff(want, session); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestFloatingSessionsAreBoundedWithoutALimit(t *testing.T) {
	terms := FloatingTerms{Period: time.Hour}
	var register FloatingRegister
	for i := range MaxFloatingSessions {
		register.Sessions = append(register.Sessions, FloatingSession{ID: fmt.Sprint(i), ClientID: "a", Until: afterNoon(1)})
	}
	_, _, err := register.Open(terms, FloatingRequest{SessionID: "new", ClientID: "b"}, floatingNoon)
	if refusal := (*FloatingError)(nil); !errors.As(err, &refusal) || refusal.Reason != TooManySessions {
		t.Errorf("got %v, want %s", err, TooManySessions)
	}
	if _, _, err := register.Open(terms, FloatingRequest{SessionID: "7", ClientID: "a"}, floatingNoon); err != nil {
		t.Errorf("a renewal was refused: %v", err)
	}
}

func TestFloatingSessionsWithLongIDsAreFewer(t *testing.T) {
	var register FloatingRegister
	request := FloatingRequest{ClientID: strings.Repeat("c", 1000), UserID: strings.Repeat("u", 1000)}
	for err := error(nil); err == nil; {
		request.SessionID = fmt.Sprint(register.Count())
		register, _, err = register.Open(FloatingTerms{Period: time.Hour}, request, floatingNoon)
		if refusal := (*FloatingError)(nil); err != nil && (!errors.As(err, &refusal) || refusal.Reason != TooManySessions) {
			t.Fatal(err)
		}
	}
	if got := register.Count(); got < 400 || got > 500 {
		t.Errorf("%d sessions are open, want as many as one object can hold", got)
	}
}

func TestFloatingRegisterIsAValue(t *testing.T) {
	open := func(r FloatingRegister, id string) FloatingRegister {
		next, _, err := r.Open(FloatingTerms{Limit: 9, Period: time.Hour}, FloatingRequest{SessionID: id, ClientID: "a"}, floatingNoon)
		if err != nil {
			t.Fatal(err)
		}
		return next
	}
	two := open(open(FloatingRegister{}, "1"), "2")
	want := cmp.Diff(FloatingRegister{}, two)
	open(two, "3")
	open(two, "4")
	two.Close("a", "1", afterNoon(1))
	two.At(afterNoon(90))
	if got := cmp.Diff(FloatingRegister{}, two); got != want {
		t.Errorf("the register changed:\n%s", got)
	}
}
