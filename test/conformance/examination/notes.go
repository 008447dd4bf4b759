package examination

import (
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
)

// Notes are what one case checks while it is told. They are safe for concurrent use.
type Notes struct {
	mu     sync.Mutex
	checks []Check
	// last is the exchange that a failing check shows; flaws are answers that broke a rule for all answers.
	last  string
	flaws []string
	calls int
	// prefix stands before each check; quiet ones are kept only where they fail.
	prefix string
	quiet  bool
}

// abandoned ends a case that cannot go on.
type abandoned struct{}

// Tell tells a case. What it panics with, other than by Abandon, becomes a check that failed, unless it is taken.
func (n *Notes) Tell(tell func(), take func(reason any) bool) {
	defer func() {
		switch reason := recover().(type) {
		case nil, abandoned:
		default:
			if take == nil || !take(reason) {
				n.Record("the case is told to its end", "no panic", fmt.Sprintf("%v\n%s", reason, debug.Stack()), false)
			}
		}
	}()
	tell()
}

// Abandon ends a case that cannot go on, after a check that says why.
func (n *Notes) Abandon() { panic(abandoned{}) }

// Quietly leaves out the checks that pass: what is done there is how the case begins, and not what it is about.
func (n *Notes) Quietly(do func()) {
	n.quiet = true
	defer func() { n.quiet = false }()
	do()
}

// About has each check of a part of the case say what it is about.
func (n *Notes) About(prefix string, do func()) {
	before := n.prefix
	n.prefix = before + prefix + ": "
	defer func() { n.prefix = before }()
	do()
}

// Equal checks one thing and goes on.
func (n *Notes) Equal(what, want, got string) bool {
	return n.Record(what, want, got, want == got)
}

// OneOf checks that one of several is the answer.
func (n *Notes) OneOf(what string, got string, want ...string) bool {
	for _, w := range want {
		if w == got {
			return n.Record(what, strings.Join(want, " or "), got, true)
		}
	}
	return n.Record(what, strings.Join(want, " or "), got, false)
}

// Contains checks that a text says something.
func (n *Notes) Contains(what, text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return n.Record(what, "something with "+part, text, false)
		}
	}
	return n.Record(what, "something with "+strings.Join(parts, " and "), text, true)
}

// Record is a check whose outcome is known.
func (n *Notes) Record(what, want, got string, passed bool) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	check := Check{What: n.prefix + what, Passed: passed, Expected: want, Got: got}
	if !passed {
		check.Exchange = n.last
	}
	if !passed || !n.quiet {
		n.checks = append(n.checks, check)
	}
	return passed
}

// Need is for what a case cannot go on without. It is a check only where it fails.
func (n *Notes) Need(holds bool, what string, args ...any) {
	if !holds {
		n.Record(fmt.Sprintf(what, args...), "so", "not so", false)
		n.Abandon()
	}
}

// Exchanged notes an exchange, which the next failing check shows.
func (n *Notes) Exchanged(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.calls++
	n.last = text
}

// Flaw notes what is wrong with an answer whatever was asked.
func (n *Notes) Flaw(flaw string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.flaws = append(n.flaws, fmt.Sprintf(flaw, args...)+"\n"+n.last)
}

// Checks are those made so far.
func (n *Notes) Checks() []Check {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.checks
}

// Summarize makes one check of what holds for every answer.
func (n *Notes) Summarize(what string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	check := Check{What: what, Expected: fmt.Sprintf("%d answers", n.calls), Passed: len(n.flaws) == 0}
	check.Got = check.Expected
	if !check.Passed {
		check.Got = fmt.Sprintf("%d flaws", len(n.flaws))
		check.Exchange = strings.Join(n.flaws[:min(3, len(n.flaws))], "\n")
	}
	n.checks = append(n.checks, check)
}
