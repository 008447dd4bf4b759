package usagetest

import (
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// longText is more than a page of a database's index holds, however it is compressed. Texts of which the beginnings are the same are
// told apart.
func (c *contract) longText() {
	const length, letters = 8000, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	random, text := newWorld(5), make([]byte, length)
	for i := range text {
		text[i] = letters[random.IntN(len(letters))]
	}
	var records []usage.Record
	for n, end := range []string{"", "1", "2"} {
		record := charge(n)
		long := string(text) + end
		record.RequesterValue, record.SubjectName, record.SubjectUID, record.CorrelationID = "r"+long, "n"+long, "u"+long, "c"+long
		records = append(records, record)
	}
	c.append(records...)
	c.expect(records...)
	for _, record := range records {
		for name, query := range map[string]usage.Query{
			"requester": {Requesters: []string{record.RequesterValue}}, "session": {Sessions: []string{record.SubjectUID}},
			"correlation": {CorrelationIDs: []string{record.CorrelationID}},
		} {
			c.expectFound(name+" of "+record.ID, query, record)
		}
	}
	both := []string{records[0].RequesterValue, records[2].RequesterValue}
	c.expectFound("requesters", usage.Query{Requesters: both}, records[0], records[2])
	c.expectSums(c.read(usage.Query{}))
}

// expectFound looks for records one by one and added up, without saying what was looked for.
func (c *contract) expectFound(what string, query usage.Query, want ...usage.Record) {
	c.Helper()
	var ids, found []string
	for _, record := range want {
		ids = append(ids, record.ID)
	}
	for _, record := range c.read(query) {
		found = append(found, record.ID)
	}
	if lost := diff(ids, found); lost != "" {
		c.Errorf("%s (-want +got):\n%s", what, lost)
	}
	// By user and item there are no sums.
	buckets, err := c.Aggregate(c.Context(), usage.Aggregation{Query: query, By: []usage.Dimension{usage.ByRequester, usage.ByItem}})
	if c.check(err); len(buckets) != len(want) {
		c.Errorf("%s: added up there are %d users, want %d", what, len(buckets), len(want))
	}
}
