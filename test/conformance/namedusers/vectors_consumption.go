package namedusers

import (
	"fmt"
	"time"
)

// consumptionVector is what is consumed of one limitation. Before is consumed first.
type consumptionVector struct {
	vector     int
	title      string
	limitation Limitation
	before     string
	value      string
	taken      bool
	want       string
	goodwill   string
}

func consumptionVectors() []testCase {
	goodwill := func(l Limitation, percent string) Limitation { l.Goodwill = percent; return l }
	metered := counted("it", 10)
	metered.NotEnforced = true
	unlimited := Limitation{Name: "it", ResetMode: 1}
	var cases []testCase
	for _, v := range []consumptionVector{
		{24, "goodwill of 20 % allows 12 of 10", goodwill(counted("it", 10), "20"), "10", "2", true, "balance 12, remaining -2", "20"},
		{25, "goodwill of 20 % does not allow 13 of 10", goodwill(counted("it", 10), "20"), "12", "1", false, "balance 12, remaining -2", "20"},
		{26, "a value that does not fit is refused whole", counted("it", 10), "9", "3", false, "balance 9, remaining 1", "null"},
		{27, "what is not enforced is counted beyond the limit", metered, "10", "5", true, "balance 15, remaining -5", "null"},
		{33, "no limit", unlimited, "", "1000", true, "balance 1000, remaining null", "null"},
		{0, "values are decimal and exact", counted("it", 1), "0.3", "0.7", true, "balance 1, remaining 0", "null"},
		{0, "a millionth too much", counted("it", 1), "0.3", "0.700001", false, "balance 0.3, remaining 0.7", "null"},
		{0, "a fraction of goodwill", goodwill(counted("it", 2), "20"), "2", "0.4", true, "balance 2.4, remaining -0.4", "20"},
		{0, "goodwill with a fraction is compared exactly", goodwill(counted("it", 8), "12.5"), "8", "1", true, "balance 9, remaining -1", "12.5"},
		{0, "and a little more is refused", goodwill(counted("it", 8), "12.5"), "8", "1.000001", false, "balance 8, remaining 0", "12.5"},
		{0, "a limit of 0 is a limit", counted("it", 0), "", "0.000001", false, "balance 0, remaining 0", "null"},
	} {
		section := "1.6"
		if v.vector > 0 {
			section = fmt.Sprintf("3.%d", v.vector)
		}
		cases = append(cases, testCase{section: section, title: v.title, tell: v.tell})
	}
	return append(cases,
		testCase{section: "3.28", title: "goodwill of 20 % of two units gives no third", tell: func(t *trial) { unitGoodwill(t, "20", false) }},
		testCase{section: "3.29", title: "goodwill of 50 % of two units gives a third and no fourth", tell: func(t *trial) { unitGoodwill(t, "50", true) }},
		testCase{section: "3.34", title: "a static limitation is not consumed", tell: staticLimitation},
		testCase{section: "1.7", title: "a consumption is rolled back once", tell: rollbackOfConsumption},
		testCase{section: "1.8", title: "units that are not enforced go beyond the limit", tell: unitsNotEnforced},
	)
}

func (v consumptionVector) tell(t *trial) {
	l := t.sell(Sale{Limitations: []Limitation{v.limitation}})
	if v.before != "" {
		a := t.gets(l.heartbeat(l.value("it", "", v.before)))
		t.Need(a.At("0.transaction_id") != "null", "%s is consumed before", v.before)
	}
	a := t.expect("value "+v.value, 200, l.heartbeat(l.value("it", "", v.value)))
	t.Equal("it is taken", fmt.Sprint(v.taken), fmt.Sprint(a.At("0.transaction_id") != "null"))
	t.Equal("figures", v.want, a.figures("0."))
	goodwill := a.decimal("0.goodwill")
	if v.goodwill == "null" && goodwill == "0" {
		goodwill = "null" // none is none
	}
	t.Equal("goodwill", v.goodwill, goodwill)
	t.Equal("what the license says", v.want, l.balance("it"))
	status := t.gets(l.software(post, "/provisioning/validate/consumption", object("license_id", l.LicenseID, "limitation_id", l.limitation("it"))))
	t.Equal("what validate says", v.want, status.figures(""))
	t.Equal("it has no transaction", "null", status.At("transaction_id"))
}

func unitGoodwill(t *trial, percent string, third bool) {
	limited := unit("it", 2)
	limited.Goodwill = percent
	l := t.sell(Sale{Limitations: []Limitation{limited}})
	l.adds("u1", "u2", "u3", "u4")
	l.hb("u1", "it")
	l.hb("u2", "it")
	a := l.hb("u3", "it")
	t.Equal("the third user", fmt.Sprint(third), fmt.Sprint(a.At("0.transaction_id") != "null"))
	want := "balance 2, remaining 0"
	if third {
		want = "balance 3, remaining -1"
	}
	t.Equal("figures", want, a.figures("0."))
	a = l.hb("u4", "it")
	t.Equal("the fourth user", "null", a.At("0.transaction_id"))
	t.Equal("figures", want, a.figures("0."))
}

func unitsNotEnforced(t *trial) {
	limited := unit("it", 1)
	limited.NotEnforced = true
	l := t.sell(Sale{Limitations: []Limitation{limited}})
	l.adds("u1", "u2", "u3")
	for i, user := range []string{"u1", "u2", "u3"} {
		a := l.hb(user, "it")
		t.Equal(user+" is provisioned", "true", fmt.Sprint(a.At("0.transaction_id") != "null"))
		t.Equal("figures", fmt.Sprintf("balance %d, remaining %d", i+1, -i), a.figures("0."))
	}
}

func staticLimitation(t *trial) {
	static := Limitation{Name: "it", Limit: new(5), ResetMode: 0}
	l := t.sell(Sale{Limitations: []Limitation{static}})
	for _, value := range []string{"1", "0.5", "1000"} {
		t.refused("value "+value, 13003, l.heartbeat(l.value("it", "", value)))
	}
	a := t.gets(l.software(get, l.path(), ""))
	t.Equal("it has its limit", "5", a.At("license_limitations.0.limit"))
	t.Equal("and its mode", "0", a.At("license_limitations.0.consumption_reset_mode"))
}

func rollbackOfConsumption(t *trial) {
	l := t.sell(Sale{Limitations: []Limitation{counted("it", 10), counted("other", 10)}})
	first := t.gets(l.heartbeat(l.value("it", "", "2.5"))).String("0.transaction_id")
	t.gets(l.heartbeat(l.value("it", "", "4")))
	t.refused("of another limitation", 13000, l.rollback("other", first))
	a := t.expect("rollback", 200, l.rollback("it", first))
	t.Equal("figures", "balance 4, remaining 6", a.figures(""))
	t.refused("a second time", 13000, l.rollback("it", first))
	t.refused("of an unknown one", 13000, l.rollback("it", uuid()))
	l.stands("it", "4", "6")
	l.stands("other", "0", "10")
	listed := t.gets(l.admin(get, l.path("consumption", "heartbeats"), ""))
	t.Equal("records", "1", listed.At("max_count"))
	t.Equal("their sum", "4", listed.decimal("aggregate_value"))
}

// resets are the modes, with when the next period begins.
var resets = []struct {
	section, title, elsewhere string
	mode, days                int
	next                      func(last, now time.Time) time.Time
}{
	{"3.30", "a month's period ends on the first day of the next", shownByUnits, 3, 0, func(_, now time.Time) time.Time {
		return time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	}},
	{"3.31", "a quarter's period ends on the first day of the next", shownByUnits, 4, 0, func(_, now time.Time) time.Time {
		return time.Date(now.Year(), (now.Month()-1)/3*3+4, 1, 0, 0, 0, 0, time.UTC)
	}},
	{"3.32", "a period of 7 days ends 7 days after the last reset", shownByUnits, 2, 7, func(last, _ time.Time) time.Time {
		return last.Truncate(24*time.Hour).AddDate(0, 0, 7)
	}},
	{"1.5", "a year's period ends on the first day of the next", shownByUnits, 5, 0, func(_, now time.Time) time.Time {
		return time.Date(now.Year()+1, 1, 1, 0, 0, 0, 0, time.UTC)
	}},
	{"1.5", "what is never reset has no next reset", "", 1, 0, nil},
}

const shownByUnits = "that consumption of the period before is gone on that day: internal/licensing shows it with a fixed clock, for all modes and leap days"

func resetVectors() []testCase {
	var cases []testCase
	for _, r := range resets {
		cases = append(cases, testCase{section: r.section, title: r.title, elsewhere: r.elsewhere, tell: func(t *trial) {
			limit := 10
			l := t.sell(Sale{Limitations: []Limitation{{Name: "it", Limit: &limit, ResetMode: r.mode, Days: r.days}}})
			a := t.expect("heartbeat", 200, l.heartbeat(l.value("it", "", "1")))
			t.Equal("figures", "balance 1, remaining 9", a.figures("0."))
			t.resetsAt(a, "0.", r.next)
			balance := t.gets(l.software(get, l.path("consumption", "balance"), ""))
			t.Equal("reset_mode", fmt.Sprint(r.mode), balance.At("0.reset_mode"))
			t.Equal("the balance says the same", a.At("0.next_reset_date_utc"), balance.At("0.next_reset_date_utc"))
			t.Equal("and the same of the last reset", a.At("0.last_reset_date_utc"), balance.At("0.last_reset_date_utc"))
			t.expect("reset by an administrator", 200, l.admin(put, l.path("consumption", "balance", "limitations", l.limitation("it"), "reset"), ""))
			l.stands("it", "0", "10")
			balance = t.gets(l.software(get, l.path("consumption", "balance"), ""))
			t.resetsAt(balance, "0.", r.next)
		}})
	}
	return cases
}

func (t *trial) resetsAt(a answer, at string, next func(last, now time.Time) time.Time) {
	if next == nil {
		t.Equal("next reset", "null", a.At(at+"next_reset_date_utc"))
		return
	}
	last, err := time.Parse(time.RFC3339Nano, a.String(at+"last_reset_date_utc"))
	t.Need(err == nil, "the last reset is a time: %v; without that", err)
	now := time.Now().UTC()
	t.Record("the last reset has been", "before "+now.String(), last.String(), !last.After(now.Add(time.Minute)))
	got, err := time.Parse(time.RFC3339Nano, a.String(at+"next_reset_date_utc"))
	t.Need(err == nil, "the next reset is a time: %v; without that", err)
	t.Equal("next reset", next(last, now).String(), got.UTC().String())
}
