package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Dropped are records of an account that are not there any more, with the months that they were of.
type Dropped struct {
	// Records is how many there were.
	Records int64 `json:"records"`
	// Before is the beginning of the oldest month of which there are records; none if there are no records at all.
	Before time.Time `json:"before,omitzero"`
	// Oldest is the id of the oldest record that is left, Sequence its commit and Time its time.
	Oldest   string    `json:"oldest,omitempty"`
	Sequence int64     `json:"sequence,omitempty"`
	Time     time.Time `json:"time,omitzero"`
}

// DroppedSince tells what was dropped, if that matters to who asks for records of a time or later: nil if it does not, or if
// nothing was.
func DroppedSince(ctx context.Context, from time.Time, account usage.Account, records Records) (*Dropped, error) {
	totals, buckets, _, err := sumsBy(ctx, usage.ByMonth, account, records)
	if err != nil {
		return nil, err
	}
	dropped := &Dropped{Records: totals.Records}
	for _, bucket := range buckets {
		month, err := time.Parse(time.RFC3339, bucket.Key[0])
		if err != nil {
			return nil, fmt.Errorf("read the sums by month: %w", err)
		}
		if dropped.Before.IsZero() || month.Before(dropped.Before) {
			dropped.Before = month
		}
		dropped.Records -= bucket.Records
	}
	if dropped.Records <= 0 || !dropped.Before.IsZero() && !from.Before(dropped.Before) {
		return nil, nil //nolint:nilnil // nothing is what was dropped
	}
	for oldest, err := range records.Records(ctx, usage.Query{Namespace: account.Namespace, Instances: []string{account.Instance}}) {
		if err != nil {
			return nil, fmt.Errorf("read the oldest record: %w", err)
		}
		dropped.Oldest, dropped.Sequence, dropped.Time = oldest.ID, oldest.Sequence, oldest.Time
		break
	}
	return dropped, nil
}

func (d Dropped) String() string {
	if d.Oldest == "" {
		return fmt.Sprintf("the %d records that there were of this Instance are not there any more: what they charged is not in this bill", d.Records)
	}
	return fmt.Sprintf("%d records of this Instance are not there any more, those of the months before %s: what they charged is not in this bill. "+
		"The oldest record left is %s of commit %d, of %s", d.Records, d.Before.Format("2006-01"), d.Oldest, d.Sequence, d.Time.UTC().Format(time.RFC3339))
}
