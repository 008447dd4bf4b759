package licenses

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// RecordFilter says which records of consumptions are wanted. What is zero does not matter.
type RecordFilter struct {
	TransactionID, UserID, ClientID string
	// From and To bound when it was: from the one, before the other.
	From, To      time.Time
	LimitationIDs []string
}

// Records lists what was consumed of a license and not rolled back, and the units that users hold, oldest first.
func (l *Licenses) Records(ctx context.Context, licenseID string, filter RecordFilter) ([]ConsumptionRecord, error) {
	license, err := l.license(ctx, licenseID)
	if err != nil {
		return nil, err
	}
	members, err := l.members(ctx, license)
	if err != nil {
		return nil, err
	}
	consumed, err := l.Ledger.Consumptions(ctx, l.accountOf(license), ledger.ConsumptionFilter{
		ActivationID: license.activationID(), TransactionID: filter.TransactionID, UserID: filter.UserID, ClientID: filter.ClientID,
		From: filter.From, To: filter.To, LimitationIDs: filter.LimitationIDs,
	})
	if err != nil {
		return nil, l.failed(err, nil)
	}
	users := make(map[string]*User, len(members))
	var records []ConsumptionRecord
	for _, member := range members {
		user := member.user(license)
		users[user.ID] = &user
		records = append(records, unitsOf(license, member, filter)...)
	}
	for _, consumption := range consumed {
		records = append(records, recordOf(license, consumption))
	}
	for i := range records {
		records[i].User = users[records[i].UserID]
	}
	slices.SortFunc(records, func(a, b ConsumptionRecord) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
	return records, nil
}

// unitsOf are the units of limitations that a user holds, as records.
func unitsOf(license *license, member member, filter RecordFilter) (records []ConsumptionRecord) {
	for _, holding := range member.Holdings {
		if licensing.BuiltIn(holding.LimitationID) || !filter.wants(member.UserID, holding) {
			continue
		}
		limitation, _ := license.terms.Limitation(holding.LimitationID)
		limitation.ID = holding.LimitationID
		records = append(records, ConsumptionRecord{
			ID: holding.TransactionID, LicenseID: license.terms.LicenseID, ProductID: license.terms.ProductID, Limitation: limitation,
			AssignmentID: license.terms.LicenseID, Value: licensing.Token,
			ClientID: holding.ClientID, UserID: member.UserID, ExternalID: holding.ExternalID, At: holding.Since,
		})
	}
	return records
}

func (f RecordFilter) wants(userID string, holding licensing.Holding) bool {
	return (f.TransactionID == "" || f.TransactionID == holding.TransactionID) &&
		(f.UserID == "" || f.UserID == userID) &&
		(f.ClientID == "" || f.ClientID == holding.ClientID) &&
		(f.From.IsZero() || !holding.Since.Before(f.From)) &&
		(f.To.IsZero() || holding.Since.Before(f.To)) &&
		(len(f.LimitationIDs) == 0 || slices.Contains(f.LimitationIDs, holding.LimitationID))
}

func recordOf(license *license, consumption ledger.ConsumptionView) ConsumptionRecord {
	limitation, _ := license.terms.Limitation(consumption.LimitationID)
	limitation.ID = consumption.LimitationID // it may be gone from the license
	return ConsumptionRecord{
		ID: consumption.TransactionID, LicenseID: license.terms.LicenseID, ProductID: license.terms.ProductID, Limitation: limitation,
		AssignmentID: cmp.Or(consumption.AssignmentID, license.terms.LicenseID), Value: consumption.Value,
		Balance: &consumption.Balance, Remaining: consumption.Remaining,
		ClientID: consumption.ClientID, UserID: consumption.UserID, ExternalID: consumption.ExternalID, At: consumption.ConsumedAt,
	}
}
