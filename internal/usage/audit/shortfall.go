package audit

import "fmt"

// mostUnrecorded commits without a record may follow the newest one that has any: those that take finished transactions off
// the account, keep answers, or go on after an accepted incident.
const mostUnrecorded = 20

// shortfalls are what is not recorded of what was charged, by what the Instance and its line items remember. They lag about a
// second behind the account, so that the records may be ahead of them.
func (e Evidence) shortfalls() (list []Finding) {
	for _, id := range keys(e.Shown, nil) {
		shown, recorded := e.Shown[id], e.Recorded.Usage[id]
		if shown <= recorded {
			continue
		}
		list = append(list, Finding{
			Kind: RecordsIncomplete, ActivationID: id, Records: recorded.String(),
			Message: fmt.Sprintf("used of line item %s: its status says %s, the records say %s", id, shown, recorded),
		})
	}
	if e.Anchor.Sequence > e.Recorded.Sequence+mostUnrecorded {
		list = append(list, found(RecordsIncomplete, "the Instance has seen commit %d, the newest record is of commit %d", e.Anchor.Sequence, e.Recorded.Sequence))
	}
	return list
}
