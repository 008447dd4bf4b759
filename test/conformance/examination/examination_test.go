package examination

import (
	"strings"
	"testing"
)

func TestNumbersAreComparedAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	a := Answer{Body: []byte(`{"x":[{"used":29.333333,"same":29.3333330,"big":9007199254740993}]}`)}
	for path, want := range map[string]string{"x.0.used": "29.333333", "x.0.same": "29.3333330", "x.0.big": "9007199254740993", "x.1": Absent, "x.used": Absent} {
		if got := a.At(path); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
}

func TestTheReportNamesWhatFailed(t *testing.T) {
	t.Parallel()
	report := Report{Results: []Result{
		{Section: "3.1", Title: "one", Checks: []Check{{What: "good", Passed: true}, {What: "bad", Expected: "3", Got: "4", Exchange: "GET /x"}}},
		{Section: "3.2", Title: "two", NotShown: "for a reason"},
	}}
	var text strings.Builder
	report.Write(&text, false)
	for _, want := range []string{"PASS  good", "FAIL  bad", "expected 3", "got      4", "GET /x", "NOT SHOWN  for a reason", "1 checks passed, 1 failed"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the report does not have %q:\n%s", want, text.String())
		}
	}
	if report.Passed() {
		t.Error("it passed")
	}
}

func TestACaseThatCannotGoOnEndsWithTheCheckThatSaysWhy(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		tell func(*Notes)
		want string
	}{
		"abandoned":          {func(n *Notes) { n.Need(false, "there are %d", 2); n.Equal("never", "", "") }, "there are 2"},
		"panicking":          {func(*Notes) { panic("oops") }, "the case is told to its end"},
		"only what it is of": {func(n *Notes) { n.Quietly(func() { n.Equal("kept quiet", "1", "1"); n.Equal("shown", "1", "2") }) }, "shown"},
		"with what it is of": {func(n *Notes) { n.About("part", func() { n.Equal("it", "1", "2") }) }, "part: it"},
	} {
		n := &Notes{}
		n.Tell(func() { test.tell(n) }, nil)
		if checks := n.Checks(); len(checks) != 1 || checks[0].Passed || checks[0].What != test.want {
			t.Errorf("%s: %+v, want one that failed: %s", name, checks, test.want)
		}
	}
}
