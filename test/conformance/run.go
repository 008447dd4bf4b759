package conformance

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

// pace says what a case shares the machine with.
type pace int

const (
	// busy cases work all the time: some at once. waiting ones mostly wait for the clock: all at once. alone is for what
	// changes the whole tenant.
	busy pace = iota
	waiting
	alone
)

// testCase is one thing to examine.
type testCase struct {
	section, title string
	pace           pace
	// forms are those in which the case is told; none means v1.1.
	forms []form
	// notShown, when it gives a reason, says why the case cannot be told to the target.
	notShown func(Target) string
	tell     func(*trial)
}

type runner struct {
	target    Target
	rotation  atomic.Uint64
	throttled atomic.Int64
	// skew is how far the server's clock is ahead, inaccuracy how well that is known, both in milliseconds.
	skew, inaccuracy int64

	mu     sync.Mutex
	tokens map[string]string
}

// url is that of a replica, counted from 1, or of the next one.
func (r *runner) url(replica int) string {
	urls := r.target.BaseURLs
	if replica > 0 {
		return urls[(replica-1)%len(urls)]
	}
	return urls[int(r.rotation.Add(1)%uint64(len(urls)))] //nolint:gosec // less than the number of replicas
}

// maxTellings is how often a case is told before a slow machine counts as a failure.
const maxTellings = 4

// Run examines the target. An error means that it could not be examined.
func Run(ctx context.Context, target Target) (examination.Report, error) {
	target, err := target.complete()
	if err != nil {
		return examination.Report{}, err
	}
	start := time.Now()
	r := &runner{target: target, tokens: map[string]string{}}
	if err := r.measureSkew(ctx); err != nil {
		return examination.Report{}, err
	}
	report := examination.Report{Results: r.runAll(ctx, allCases())}
	report.Took, report.Throttled = time.Since(start), r.throttled.Load()
	return report, ctx.Err()
}

// telling is a case in one of its forms.
type telling struct {
	testCase
	form form
}

func (r *runner) runAll(ctx context.Context, cases []testCase) []examination.Result {
	byPace := map[pace][]int{}
	var tellings []telling
	for _, c := range cases {
		forms := c.forms
		if len(forms) == 0 {
			forms = []form{v11}
		}
		for _, f := range forms {
			if strings.Contains(c.section+" "+c.title, r.target.Only) {
				byPace[c.pace] = append(byPace[c.pace], len(tellings))
				tellings = append(tellings, telling{c, f})
			}
		}
	}
	results := make([]examination.Result, len(tellings))
	var observed sync.Mutex
	tell := func(i int) {
		results[i] = r.tell(ctx, tellings[i])
		observed.Lock()
		defer observed.Unlock()
		r.target.Observe(results[i])
	}
	var everything sync.WaitGroup
	for _, i := range byPace[waiting] {
		everything.Go(func() { tell(i) })
	}
	queue := make(chan int)
	for range r.target.Parallel {
		everything.Go(func() {
			for i := range queue {
				tell(i)
			}
		})
	}
	for _, i := range byPace[busy] {
		queue <- i
	}
	close(queue)
	everything.Wait()
	for _, i := range byPace[alone] {
		tell(i)
	}
	return results
}

func (r *runner) tell(ctx context.Context, told telling) examination.Result {
	result := examination.Result{Section: told.section, Title: told.title, Form: told.form.String()}
	start := time.Now()
	defer func() { result.Took = time.Since(start) }()
	if told.notShown != nil {
		if result.NotShown = told.notShown(r.target); result.NotShown != "" {
			return result
		}
	}
	for {
		t := &trial{form: told.form, ctx: ctx, run: r}
		missed := t.once(told.testCase)
		if (missed != "" || t.unreliable()) && result.Repeated < maxTellings-1 {
			result.Repeated++
			continue
		}
		if missed != "" {
			t.Record("this machine is fast enough for a charge period of "+r.target.ChargePeriod.String(), "on time", missed, false)
		}
		t.Summarize("every answer is JSON, not to be stored, has a request id and no status above 499")
		result.Checks = t.Checks()
		result.Took = time.Since(start)
		return result
	}
}

// once tells the case, and says what it was too late for.
func (t *trial) once(c testCase) (missed string) {
	t.Tell(func() { c.tell(t) }, func(reason any) bool {
		tooLate, ok := reason.(late)
		missed = tooLate.what
		return ok
	})
	return missed
}

// measureSkew compares clocks by a session request, whose time the server tells.
func (r *runner) measureSkew(ctx context.Context) error {
	t := &trial{form: v11, ctx: ctx, run: r}
	best := int64(math.MaxInt64)
	if missed := t.once(testCase{tell: func(t *trial) {
		m := t.market(sold{quantity: "1000"})
		session := m.open()
		for range 3 {
			a := t.expect("a session is granted", 200, m.put(session, photoPrint("1")))
			accessed := m.session(session).Number("lastAccessRequest")
			if width := a.received - a.sent; width < best {
				best, r.inaccuracy = width, width+1
				r.skew += accessed - (a.sent+a.received)/2
			}
		}
		m.close(session)
	}}); missed != "" {
		return fmt.Errorf("the system cannot be examined: %s", missed)
	}
	for _, check := range t.Checks() {
		if !check.Passed {
			return fmt.Errorf("the system cannot be examined: %s: expected %s, got %s\n%s", check.What, check.Expected, check.Got, check.Exchange)
		}
	}
	return nil
}
