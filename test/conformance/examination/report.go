package examination

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Check is one thing that was asked of the system.
type Check struct {
	What   string `json:"what"`
	Passed bool   `json:"passed"`
	// Expected and Got are compared as text.
	Expected string `json:"expected"`
	Got      string `json:"got"`
	// Exchange is the last request and its answer; only of a check that failed.
	Exchange string `json:"exchange,omitempty"`
}

// Result is what became of one case in one form of the API.
type Result struct {
	// Section is the vector or the part of the contract that the case is about.
	Section string  `json:"section"`
	Title   string  `json:"title"`
	Form    string  `json:"form,omitempty"`
	Checks  []Check `json:"checks,omitempty"`
	// NotShown says why the case cannot be shown from outside, and which tests show it instead.
	NotShown string `json:"notShown,omitempty"`
	// Repeated is how often the case began anew because this machine was too slow for it.
	Repeated int           `json:"repeated,omitempty"`
	Took     time.Duration `json:"took"`
}

// Name tells cases apart.
func (r Result) Name() string {
	name := strings.TrimSpace(r.Section + " " + r.Title)
	if r.Form != "" {
		name += " (" + r.Form + ")"
	}
	return name
}

// Passed tells whether all checks of the case passed.
func (r Result) Passed() bool {
	for _, check := range r.Checks {
		if !check.Passed {
			return false
		}
	}
	return true
}

// Report is what came out.
type Report struct {
	Results []Result      `json:"results"`
	Took    time.Duration `json:"took"`
	// Throttled counts the answers 429 and 503 with Retry-After, which were waited out.
	Throttled int64 `json:"throttled,omitempty"`
}

// And is this report followed by another one.
func (r Report) And(other Report) Report {
	return Report{Results: slices.Concat(r.Results, other.Results), Took: r.Took + other.Took, Throttled: r.Throttled + other.Throttled}
}

// Count counts the checks that passed and failed, and the cases that are not shown.
func (r Report) Count() (passed, failed, notShown int) {
	for _, result := range r.Results {
		if result.NotShown != "" {
			notShown++
		}
		for _, check := range result.Checks {
			if check.Passed {
				passed++
			} else {
				failed++
			}
		}
	}
	return passed, failed, notShown
}

// Passed tells whether the system conforms, as far as it was examined.
func (r Report) Passed() bool {
	passed, failed, _ := r.Count()
	return failed == 0 && passed > 0
}

// Write writes a line for each check. Verbose, also what was got where it was as expected.
func (r Report) Write(w io.Writer, verbose bool) {
	for _, result := range r.Results {
		result.write(w, verbose)
	}
	passed, failed, notShown := r.Count()
	if r.Throttled > 0 {
		fmt.Fprintf(w, "\n%d answers 429 or 503 were waited out.\n", r.Throttled)
	}
	fmt.Fprintf(w, "\n%d checks passed, %d failed, %d cases are shown by unit tests only; %d cases in %s.\n",
		passed, failed, notShown, len(r.Results), r.Took.Round(time.Millisecond))
}

func (r Result) write(w io.Writer, verbose bool) {
	fmt.Fprintf(w, "\n%s\n", r.Name())
	if r.NotShown != "" {
		fmt.Fprintf(w, "  NOT SHOWN  %s\n", r.NotShown)
	}
	if r.Repeated > 0 {
		fmt.Fprintf(w, "  begun anew %d times: this machine was too slow\n", r.Repeated)
	}
	for _, check := range r.Checks {
		switch {
		case !check.Passed:
			fmt.Fprintf(w, "  FAIL  %s\n        expected %s\n        got      %s\n", check.What, check.Expected, check.Got)
			fmt.Fprintf(w, "%s\n", indent(check.Exchange))
		case verbose:
			fmt.Fprintf(w, "  PASS  %s: %s\n", check.What, check.Got)
		default:
			fmt.Fprintf(w, "  PASS  %s\n", check.What)
		}
	}
}

func indent(text string) string {
	return "          " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n          ")
}
