package licensing

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTakeSeat(t *testing.T) {
	one, two := int32(1), int32(2)
	off := NamedUser{UserID: "u"}
	on := NamedUser{UserID: "u", Active: true}
	inRed := seated("u")
	inRed.Holdings = append(inRed.Holdings, Holding{LimitationID: GroupSeatID("red"), TransactionID: "S"})
	switchedOff := inRed
	switchedOff.Active = false
	tests := map[string]struct {
		user    NamedUser
		seating Seating
		held    map[string]int64
		want    string // transaction of the seat; empty if refused
		refused string
		group   string
	}{
		"without a limit":                                   {user: on, held: map[string]int64{SeatID: 1000}, want: "T"},
		"the last seat":                                     {user: on, seating: Seating{Limit: &two}, held: map[string]int64{SeatID: 1}, want: "T"},
		"one more than the limit":                           {user: on, seating: Seating{Limit: &two}, held: map[string]int64{SeatID: 2}, refused: SeatID},
		"a limit of zero":                                   {user: on, seating: Seating{Limit: new(int32)}, refused: SeatID},
		"in a group, both are taken":                        {user: on, seating: Seating{Limit: &two, GroupID: "red", GroupLimit: &one}, want: "T", group: "red"},
		"in a group without a limit":                        {user: on, seating: Seating{GroupID: "red"}, held: map[string]int64{GroupSeatID("red"): 9}, want: "T", group: "red"},
		"in a full group, neither is taken":                 {user: on, seating: Seating{Limit: &two, GroupID: "red", GroupLimit: &one}, held: map[string]int64{GroupSeatID("red"): 1}, refused: GroupSeatID("red")},
		"in a full license, neither is taken":               {user: on, seating: Seating{Limit: &one, GroupID: "red", GroupLimit: &one}, held: map[string]int64{SeatID: 1}, refused: SeatID},
		"who has one keeps it in a license lowered since":   {user: seated("u"), seating: Seating{Limit: &one}, held: map[string]int64{SeatID: 3}, want: "S"},
		"who has one keeps it in a group lowered since":     {user: inRed, seating: Seating{GroupID: "red", GroupLimit: &one}, held: map[string]int64{GroupSeatID("red"): 3}, want: "S", group: "red"},
		"who has one keeps it when switched off just now":   {user: switchedOff, seating: Seating{GroupID: "red"}, want: "S", group: "red"},
		"a seat moves into a group":                         {user: seated("u"), seating: Seating{Limit: &one, GroupID: "red", GroupLimit: &one}, held: map[string]int64{SeatID: 1}, want: "S", group: "red"},
		"a seat moves to another group":                     {user: inRed, seating: Seating{Limit: &one, GroupID: "blue", GroupLimit: &one}, held: map[string]int64{SeatID: 1, GroupSeatID("red"): 1}, want: "S", group: "blue"},
		"a seat moves out of its group":                     {user: inRed, seating: Seating{Limit: &one}, held: map[string]int64{SeatID: 1}, want: "S"},
		"a seat stays where it is if the new group is full": {user: inRed, seating: Seating{GroupID: "blue", GroupLimit: &one}, held: map[string]int64{GroupSeatID("blue"): 1}, refused: GroupSeatID("blue"), group: "red"},
		"a seat moves in a license lowered since":           {user: inRed, seating: Seating{Limit: &one, GroupID: "blue"}, held: map[string]int64{SeatID: 3}, want: "S", group: "blue"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, next, err := TakeSeat(test.user, test.seating, func(id string) int64 { return test.held[id] }, Holding{TransactionID: "T"})
			if err != nil {
				t.Fatal(err)
			}
			if got.Granted != (test.want != "") || got.Holding.TransactionID != test.want || got.RefusedBy != test.refused || (got.Message == "") != got.Granted {
				t.Errorf("got %+v", got)
			}
			if next.SeatGroup() != test.group || next.HasSeat() != (got.Granted || test.user.HasSeat()) {
				t.Errorf("the user has %v", next.Holdings)
			}
			if changed := next.Revision != test.user.Revision; changed != (got.Granted && !got.Repeated) {
				t.Errorf("changed is %v", changed)
			}
		})
	}
	t.Run("a user who is switched off gets none", func(t *testing.T) {
		_, _, err := TakeSeat(off, Seating{}, func(string) int64 { return 0 }, Holding{TransactionID: "T"})
		wantReason(t, err, InactiveUser)
	})
}

func TestASeatIsWhatMakesAUserActive(t *testing.T) {
	limitation := newLicense().limitations["A"]
	waiting := NamedUser{UserID: "u", Active: true}
	_, _, err := Provision(waiting, limitation, 0, Holding{TransactionID: "T"})
	wantReason(t, err, InactiveUser)

	_, holder, err := Provision(seated("u"), limitation, 0, Holding{TransactionID: "T"})
	if err != nil {
		t.Fatal(err)
	}
	freed := FreeSeat(holder)
	if _, keeps := freed.Holding("A"); !keeps || freed.HasSeat() || freed.Revision != holder.Revision+1 {
		t.Errorf("without the seat the user has %v", freed.Holdings)
	}
	if again := FreeSeat(freed); again.Revision != freed.Revision {
		t.Error("there was nothing to free")
	}
	if gone := Release(freed); len(gone.Holdings) != 0 || Release(gone).Revision != gone.Revision {
		t.Errorf("released, the user has %v", gone.Holdings)
	}
}

func TestATokenNeedsNoSeat(t *testing.T) {
	one := int32(1)
	device := NamedUser{UserID: "device", Active: true}
	got, next, err := Provision(device, TokenLimitation(&one), 0, Holding{TransactionID: "key", Since: time.Unix(1, 0)})
	if err != nil || !got.Granted {
		t.Fatalf("%+v, %v", got, err)
	}
	if diff := cmp.Diff([]Holding{{LimitationID: TokenID, TransactionID: "key", Since: time.Unix(1, 0)}}, next.Holdings); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	refused, _, err := Provision(NamedUser{UserID: "other", Active: true}, TokenLimitation(&one), 1, Holding{TransactionID: "key 2"})
	if want := `limitation "activated clients" has a limit of 1: 1 asked for, 1 held`; err != nil || refused.Message != want {
		t.Errorf("%q, %v; want %q", refused.Message, err, want)
	}
}

// However seats come and go, a user has one in the group or none, and no more are taken than there are.
func TestSeatsNeverExceedTheirLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit, groupLimit := rapid.Int32Range(0, 4).Draw(t, "limit"), rapid.Int32Range(0, 3).Draw(t, "group limit")
		users := make([]NamedUser, 6)
		held := func(id string) int64 { return Recount(id, users) }
		anyUser := rapid.IntRange(0, len(users)-1)
		t.Repeat(map[string]func(*rapid.T){
			"take": func(t *rapid.T) {
				i := anyUser.Draw(t, "user")
				users[i].UserID, users[i].Active = fmt.Sprint("u", i), true
				seating := Seating{Limit: &limit, GroupID: rapid.SampledFrom([]string{"", "red", "blue"}).Draw(t, "group"), GroupLimit: &groupLimit}
				got, next, err := TakeSeat(users[i], seating, held, Holding{TransactionID: "T"})
				if err != nil || (got.Granted && next.SeatGroup() != seating.GroupID) {
					t.Fatalf("%+v, %v: %v", got, err, next.Holdings)
				}
				users[i] = next
			},
			"free": func(t *rapid.T) {
				i := anyUser.Draw(t, "user")
				users[i] = FreeSeat(users[i])
			},
			"": func(t *rapid.T) {
				if held(SeatID) > int64(limit) || held(GroupSeatID("red")) > int64(groupLimit) || held(GroupSeatID("blue")) > int64(groupLimit) {
					t.Fatalf("%d seats, %d red, %d blue", held(SeatID), held(GroupSeatID("red")), held(GroupSeatID("blue")))
				}
				for _, user := range users {
					if !user.HasSeat() && len(user.Holdings) > 0 || len(user.Holdings) > 2 {
						t.Fatalf("%s has %v", user.UserID, user.Holdings)
					}
				}
			},
		})
	})
}
