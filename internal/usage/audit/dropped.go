package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Dropped says which records of an account are not there any more.
type Dropped struct {
	// Before is the beginning of the oldest month that nothing is missing of.
	Before time.Time `json:"before"`
	// Oldest is the id of the oldest record of that month or a later one, Sequence its commit and Time its time; none if there
	// is no such record.
	Oldest   string    `json:"oldest,omitempty"`
	Sequence int64     `json:"sequence,omitempty"`
	Time     time.Time `json:"time,omitzero"`
}

// DroppedSince tells what was dropped, if that matters to who asks for records of a time or later: nil if it does not, or if
// nothing was. It is to be asked after the records are read: the store notes what it drops before that goes.
func DroppedSince(ctx context.Context, from time.Time, account usage.Account, records Records) (*Dropped, error) {
	query := queryOf(account)
	query.From = from
	keptFrom, err := records.KeptFrom(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("read what was dropped: %w", err)
	}
	if keptFrom.IsZero() {
		return nil, nil //nolint:nilnil // nothing is what was dropped
	}
	dropped := &Dropped{Before: keptFrom}
	query.From, query.Limit = keptFrom, 1
	for oldest, err := range records.Records(ctx, query) {
		if err != nil {
			return nil, fmt.Errorf("read the oldest record: %w", err)
		}
		dropped.Oldest, dropped.Sequence, dropped.Time = oldest.ID, oldest.Sequence, oldest.Time
		break
	}
	return dropped, nil
}

func (d Dropped) String() string {
	text := fmt.Sprintf("records of this Instance of the months before %s are not there any more: what they charged is not in this bill. ", d.Before.UTC().Format("2006-01"))
	if d.Oldest == "" {
		return text + "There is none of a later month"
	}
	return text + fmt.Sprintf("The oldest record left is %s of commit %d, of %s", d.Oldest, d.Sequence, d.Time.UTC().Format(time.RFC3339))
}
