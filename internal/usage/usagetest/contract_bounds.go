package usagetest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// bounds counts users from sums, and sessions from records.
func (c *contract) bounds() {
	const all = 5
	for n := range 2 * all {
		record := charge(n)
		record.RequesterValue = fmt.Sprint("user-", n%all)
		record.SubjectKind, record.SubjectName, record.SubjectUID = "Session", fmt.Sprint("session-", n%all), fmt.Sprint("uid-", n%all)
		c.append(record)
	}
	records := c.read(usage.Query{})
	for _, by := range []usage.Dimension{usage.ByRequester, usage.BySession} {
		for _, top := range []int{0, 2} {
			aggregation := usage.Aggregation{By: []usage.Dimension{by}, Top: top, Most: all}
			c.expectBuckets(records, aggregation)
			aggregation.Most = all - 1
			_, err := c.Aggregate(c.Context(), aggregation)
			if err == nil || errors.Is(err, usage.ErrUnavailable) || !strings.Contains(err.Error(), fmt.Sprintf("more than the %d sums", all-1)) {
				c.Errorf("%+v: got %v, want a refusal that says how many are possible", aggregation, err)
			}
		}
	}
}
