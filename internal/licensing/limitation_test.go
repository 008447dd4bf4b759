package licensing

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func limitOf(n int64) *int64 { return &n }

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func decimal(t *testing.T, text string) Tokens {
	t.Helper()
	tokens, err := ParseTokens(text)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func wantReason(t *testing.T, err error, want LimitationReason) {
	t.Helper()
	var refused *LimitationError
	if !errors.As(err, &refused) || refused.Reason != want {
		t.Fatalf("error %v, want one with reason %s", err, want)
	}
}

func TestLimitationValidate(t *testing.T) {
	valid := Limitation{ID: "reports", Limit: limitOf(10), ResetMode: ResetNever, Enforce: true}
	tests := map[string]struct {
		change func(*Limitation)
		want   []string // the error has one line per problem; empty if valid
	}{
		"a plain quota":                       {func(l *Limitation) {}, nil},
		"no limit is unlimited":               {func(l *Limitation) { l.Limit = nil }, nil},
		"a limit of zero":                     {func(l *Limitation) { l.Limit = limitOf(0) }, nil},
		"the largest limit":                   {func(l *Limitation) { l.Limit = limitOf(MaxLimit) }, nil},
		"a static limitation":                 {func(l *Limitation) { l.ResetMode = ResetDisabled }, nil},
		"a week":                              {func(l *Limitation) { l.ResetMode, l.ResetPeriodDays = ResetPeriodically, 7 }, nil},
		"user provisioning that never resets": {func(l *Limitation) { l.UserProvisioning = true }, nil},
		"goodwill with decimals":              {func(l *Limitation) { l.Goodwill = decimal(t, "12.345678") }, nil},
		"no id":                               {func(l *Limitation) { l.ID = "" }, []string{"id: is required"}},
		"a negative limit":                    {func(l *Limitation) { l.Limit = limitOf(-1) }, []string{"limit: -1, must be from 0 to 1000000000000"}},
		"a limit beyond accounting":           {func(l *Limitation) { l.Limit = limitOf(MaxLimit + 1) }, []string{"limit: 1000000000001, must be from 0 to 1000000000000"}},
		"negative goodwill":                   {func(l *Limitation) { l.Goodwill = -1 }, []string{"goodwill: -0.000001 %, must be from 0 to 1000000"}},
		"no reset mode":                       {func(l *Limitation) { l.ResetMode = "" }, []string{`resetMode: "", must be one of Disabled, Never, Periodically, FirstDayOfMonth, FirstDayEachQuarter, FirstDayOfYear`}},
		"user provisioning with a reset":      {func(l *Limitation) { l.UserProvisioning, l.ResetMode = true, ResetFirstDayOfMonth }, []string{"resetMode: FirstDayOfMonth, must be Never with userProvisioning"}},
		"static user provisioning":            {func(l *Limitation) { l.UserProvisioning, l.ResetMode = true, ResetDisabled }, []string{"resetMode: Disabled, must be Never with userProvisioning"}},
		"a period without days":               {func(l *Limitation) { l.ResetMode = ResetPeriodically }, []string{"resetPeriodDays: 0, must be from 1 to 36500 with resetMode Periodically"}},
		"a period of too many days":           {func(l *Limitation) { l.ResetMode, l.ResetPeriodDays = ResetPeriodically, 36501 }, []string{"resetPeriodDays: 36501, must be from 1 to 36500 with resetMode Periodically"}},
		"days without a period":               {func(l *Limitation) { l.ResetPeriodDays = 7 }, []string{"resetPeriodDays: 7, has a meaning only with resetMode Periodically"}},
		"an id that is built in":              {func(l *Limitation) { l.ID = SeatID }, []string{`id: "#seat", must not begin with #`}},
		"several problems at once":            {func(l *Limitation) { l.ID, l.Limit = "", limitOf(-5) }, []string{"id: is required", "limit: -5, must be from 0 to 1000000000000"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l := valid
			test.change(&l)
			var got []string
			if err := l.Validate(); err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNextReset(t *testing.T) {
	tests := map[string]struct {
		mode ResetMode
		days int
		last string
		want string // empty if never
	}{
		"vector 30: the first of a month follows in the next month":    {ResetFirstDayOfMonth, 0, "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"},
		"vector 31: a quarter in May ends on the first of July":        {ResetFirstDayEachQuarter, 0, "2026-05-17T10:00:00Z", "2026-07-01T00:00:00Z"},
		"vector 32: a week after the first of March is the eighth":     {ResetPeriodically, 7, "2026-03-01T00:00:00Z", "2026-03-08T00:00:00Z"},
		"vector 34: a static limitation has no reset":                  {ResetDisabled, 0, "2026-03-01T00:00:00Z", ""},
		"a limitation for life has no reset":                           {ResetNever, 0, "2026-03-01T00:00:00Z", ""},
		"days without a period mean nothing":                           {ResetNever, 7, "2026-03-01T00:00:00Z", ""},
		"a period without days means nothing":                          {ResetPeriodically, 0, "2026-03-01T00:00:00Z", ""},
		"a period of negative days means nothing":                      {ResetPeriodically, -7, "2026-03-01T00:00:00Z", ""},
		"a period of too many days means nothing":                      {ResetPeriodically, MaxResetPeriodDays + 1, "2026-03-01T00:00:00Z", ""},
		"an unknown mode means nothing":                                {"Sometimes", 7, "2026-03-01T00:00:00Z", ""},
		"a period that began at noon ends at midnight":                 {ResetPeriodically, 1, "2026-03-01T12:00:00Z", "2026-03-02T00:00:00Z"},
		"a day that began a second before midnight lasts a second":     {ResetPeriodically, 1, "2026-03-01T23:59:59Z", "2026-03-02T00:00:00Z"},
		"another time zone's midnight is not ours":                     {ResetPeriodically, 1, "2026-03-01T00:30:00+02:00", "2026-03-01T00:00:00Z"},
		"a month is the month in UTC":                                  {ResetFirstDayOfMonth, 0, "2026-03-01T00:30:00+02:00", "2026-03-01T00:00:00Z"},
		"a week spans the leap day":                                    {ResetPeriodically, 7, "2028-02-25T00:00:00Z", "2028-03-03T00:00:00Z"},
		"a week does not see a leap day in a common year":              {ResetPeriodically, 7, "2026-02-25T00:00:00Z", "2026-03-04T00:00:00Z"},
		"a leap day itself":                                            {ResetPeriodically, 1, "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"},
		"365 days from a leap day":                                     {ResetPeriodically, 365, "2028-02-29T00:00:00Z", "2029-02-28T00:00:00Z"},
		"a month from the 31st":                                        {ResetFirstDayOfMonth, 0, "2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z"},
		"a month in December ends the year":                            {ResetFirstDayOfMonth, 0, "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"},
		"the first quarter ends on the first of April":                 {ResetFirstDayEachQuarter, 0, "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z"},
		"the last quarter ends the year":                               {ResetFirstDayEachQuarter, 0, "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		"a year":                                                       {ResetFirstDayOfYear, 0, "2026-07-14T08:00:00Z", "2027-01-01T00:00:00Z"},
		"a year from its first instant":                                {ResetFirstDayOfYear, 0, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		"a year's last instant":                                        {ResetFirstDayOfYear, 0, "2026-12-31T23:59:59.999999999Z", "2027-01-01T00:00:00Z"},
		"the switch to summer time somewhere does not move midnight":   {ResetPeriodically, 1, "2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z"},
		"the longest period":                                           {ResetPeriodically, MaxResetPeriodDays, "2026-01-01T00:00:00Z", "2125-12-08T00:00:00Z"},
		"the turn of a century that is no leap year has 28 days in it": {ResetPeriodically, 1, "2100-02-28T00:00:00Z", "2100-03-01T00:00:00Z"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := NextReset(test.mode, test.days, instant(t, test.last))
			var want time.Time
			if test.want != "" {
				want = instant(t, test.want)
			}
			if !got.Equal(want) || ok != (test.want != "") {
				t.Errorf("NextReset = %v, %v, want %q", got, ok, test.want)
			}
		})
	}
}

func TestBalanceAt(t *testing.T) {
	tests := map[string]struct {
		mode          ResetMode
		days          int
		last, now     string
		wantLastReset string // empty if the balance stands
	}{
		"the instant before a reset":                   {ResetFirstDayOfMonth, 0, "2026-01-10T00:00:00Z", "2026-01-31T23:59:59Z", ""},
		"vector 30: the instant of a reset":            {ResetFirstDayOfMonth, 0, "2026-01-10T00:00:00Z", "2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z"},
		"long after a reset":                           {ResetFirstDayOfMonth, 0, "2026-01-10T00:00:00Z", "2026-02-20T15:00:00Z", "2026-02-01T00:00:00Z"},
		"several months at once":                       {ResetFirstDayOfMonth, 0, "2026-01-10T00:00:00Z", "2027-05-02T00:00:00Z", "2027-05-01T00:00:00Z"},
		"several quarters at once":                     {ResetFirstDayEachQuarter, 0, "2026-01-10T00:00:00Z", "2026-11-21T00:00:00Z", "2026-10-01T00:00:00Z"},
		"several years at once":                        {ResetFirstDayOfYear, 0, "2026-01-10T00:00:00Z", "2031-11-21T00:00:00Z", "2031-01-01T00:00:00Z"},
		"a week, a second early":                       {ResetPeriodically, 7, "2026-03-01T00:00:00Z", "2026-03-07T23:59:59Z", ""},
		"a week, on time":                              {ResetPeriodically, 7, "2026-03-01T00:00:00Z", "2026-03-08T00:00:00Z", "2026-03-08T00:00:00Z"},
		"weeks keep their weekday over a long silence": {ResetPeriodically, 7, "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", "2026-03-29T00:00:00Z"},
		"weeks from an afternoon count from its day":   {ResetPeriodically, 7, "2026-03-01T16:00:00Z", "2026-03-09T00:00:00Z", "2026-03-08T00:00:00Z"},
		"days over a leap day":                         {ResetPeriodically, 2, "2028-02-28T00:00:00Z", "2028-03-01T12:00:00Z", "2028-03-01T00:00:00Z"},
		"a period beyond 292 years of silence":         {ResetPeriodically, 100, "2026-03-01T00:00:00Z", "2526-03-01T00:00:00Z", "2526-02-08T00:00:00Z"},
		"for life":                                     {ResetNever, 0, "2026-03-01T00:00:00Z", "2056-03-01T00:00:00Z", ""},
		"static":                                       {ResetDisabled, 0, "2026-03-01T00:00:00Z", "2056-03-01T00:00:00Z", ""},
		"a clock behind the last reset undoes nothing": {ResetFirstDayOfMonth, 0, "2026-03-01T00:00:00Z", "2026-02-28T23:59:59Z", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l := Limitation{ID: "x", ResetMode: test.mode, ResetPeriodDays: test.days}
			before := Balance{Consumed: 10 * Token, LastReset: instant(t, test.last)}
			want := before
			if test.wantLastReset != "" {
				want = Balance{LastReset: instant(t, test.wantLastReset), Period: 1}
			}
			if diff := cmp.Diff(want, before.At(l, instant(t, test.now))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestBalanceResetByAdministrator(t *testing.T) {
	l := Limitation{ID: "x", Limit: limitOf(10), ResetMode: ResetPeriodically, ResetPeriodDays: 7, Enforce: true}
	balance := Balance{Consumed: 4 * Token, LastReset: instant(t, "2026-03-01T00:00:00Z")}

	reset, err := balance.Reset(l, instant(t, "2026-03-03T15:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	standing := reset.Standing(l, instant(t, "2026-03-03T15:00:00Z"))
	if standing.Balance != 0 || !standing.NextReset.Equal(instant(t, "2026-03-10T00:00:00Z")) {
		t.Errorf("balance %s, next reset %v: want 0 and a week from the reset", standing.Balance, standing.NextReset)
	}

	again, err := reset.Reset(l, instant(t, "2026-03-02T00:00:00Z"))
	if err != nil || !again.LastReset.Equal(reset.LastReset) {
		t.Errorf("a clock behind moved the last reset back to %v, %v", again.LastReset, err)
	}

	l.ResetMode, l.ResetPeriodDays, l.UserProvisioning = ResetNever, 0, true
	_, err = balance.Reset(l, balance.LastReset)
	wantReason(t, err, ProvisionedByUser)
}
