package usage

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func sealed() Record {
	return Record{
		ID: "t/0", TransactionID: "t", Sequence: 3, Kind: Charge, Time: time.Date(2026, 11, 21, 23, 0, 0, 5e6, time.UTC),
		Item: "PhotoPrint", Tokens: 30 * licensing.Token, MetaData: json.RawMessage(`{"b":1.50,"a":"é"}`),
	}.Sealed()
}

func TestASealOutlivesWhateverStoresDoToARecord(t *testing.T) {
	for what, change := range map[string]func(*Record){
		"the store gives a position":    func(r *Record) { r.Position = 12 },
		"times are local ones":          func(r *Record) { r.Time = r.Time.In(time.FixedZone("", 3600)) },
		"times have no microseconds":    func(r *Record) { r.Time = r.Time.Add(999 * time.Microsecond) },
		"metaData is written otherwise": func(r *Record) { r.MetaData = json.RawMessage("{ \"a\": \"\\u00e9\",\n \"b\": 1.50 }") },
		"it was JSON in between": func(r *Record) {
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			*r = Record{}
			if err := json.Unmarshal(text, r); err != nil {
				t.Fatal(err)
			}
		},
	} {
		record := sealed()
		if change(&record); !record.Intact() {
			t.Errorf("%s: the record counts as altered", what)
		}
	}
}

func TestASealBreaksWhenARecordIsAltered(t *testing.T) {
	for what, change := range map[string]func(*Record){
		"a digit of metaData": func(r *Record) { r.MetaData = json.RawMessage(`{"b":1.51,"a":"é"}`) },
		"no metaData":         func(r *Record) { r.MetaData = nil },
		"a micro-token":       func(r *Record) { r.Tokens++ },
		"a millisecond":       func(r *Record) { r.Time = r.Time.Add(time.Millisecond) },
		"no seal":             func(r *Record) { r.Seal = "" },
	} {
		record := sealed()
		if change(&record); record.Intact() {
			t.Errorf("%s: the record counts as intact", what)
		}
	}
}

func TestBalancesFollowPeriods(t *testing.T) {
	first, second := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	for what, test := range map[string]struct {
		before licensing.Balance
		record Record
		want   licensing.Balance
	}{
		"units that are held":         {licensing.Balance{Consumed: 3}, Record{Units: -1}, licensing.Balance{Consumed: 2}},
		"a first period":              {licensing.Balance{}, Record{Units: 5, Period: 1, PeriodStart: first}, licensing.Balance{Consumed: 5, Period: 1, LastReset: first}},
		"the same period":             {licensing.Balance{Consumed: 5, Period: 1, LastReset: first}, Record{Units: 2, Period: 1}, licensing.Balance{Consumed: 7, Period: 1, LastReset: first}},
		"a newer period":              {licensing.Balance{Consumed: 5, Period: 1, LastReset: first}, Record{Units: 2, Period: 2, PeriodStart: second}, licensing.Balance{Consumed: 2, Period: 2, LastReset: second}},
		"an older period, late":       {licensing.Balance{Consumed: 2, Period: 2, LastReset: second}, Record{Units: 9, Period: 1}, licensing.Balance{Consumed: 2, Period: 2, LastReset: second}},
		"the period's beginning late": {licensing.Balance{Consumed: 2, Period: 2}, Record{Units: 1, Period: 2, PeriodStart: second}, licensing.Balance{Consumed: 3, Period: 2, LastReset: second}},
	} {
		if got, err := test.record.AddTo(test.before); err != nil || got != test.want {
			t.Errorf("%s: got %+v and %v, want %+v", what, got, err, test.want)
		}
	}
	if _, err := (Record{Units: 1}).AddTo(licensing.Balance{Consumed: licensing.MaxTokens}); err == nil {
		t.Error("a balance beyond what can be counted is no error")
	}
}
