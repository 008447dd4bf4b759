package lineitem

import (
	"fmt"
	"math"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Users counts the named users of a license.
type Users struct {
	Total int
	// Seated have a seat, Waiting are switched on and have none.
	Seated, Waiting int
}

func countUsers(users kubestore.LicenseUsers) (counts Users) {
	for _, user := range users.Standing {
		counts.add(user)
		if wanted := user.Spec.Active != nil && *user.Spec.Active; wanted && user.Status.Seat == nil {
			counts.Waiting++
		}
	}
	for duplicate := range users.Duplicates {
		counts.add(duplicate)
	}
	return counts
}

func (u *Users) add(user *v1alpha1.UserProvisioning) {
	u.Total++
	if user.Status.Seat != nil {
		u.Seated++
	}
}

// addLicense tells as what clients know the license. While its edition is missing or cannot be its own, it stays what it
// was.
func (in Input) addLicense(result *v1alpha1.LineItemStatus) {
	result.Users = in.users()
	if !kubestore.IsLicense(in.Object) {
		return
	}
	if in.NoTerms != nil {
		known := in.Object.Status
		result.EditionID, result.ProductID = known.EditionID, known.ProductID
		result.ProvisioningMode, result.ClientType = known.ProvisioningMode, known.ClientType
		return
	}
	result.EditionID, result.ProductID = in.Terms.EditionID, in.Terms.ProductID
	result.ProvisioningMode, result.ClientType = in.Terms.ProvisioningMode, in.Terms.ClientType
	if in.OpenSessions != nil {
		result.OpenSessions = count(*in.OpenSessions)
	}
}

// users is left out for a line item that has nothing to do with named users.
func (in Input) users() *v1alpha1.UserCounts {
	if in.Users.Total == 0 && in.Terms.UserLimit == nil && len(in.Terms.Limitations) == 0 {
		return nil
	}
	return &v1alpha1.UserCounts{Active: count(in.Users.Seated), Inactive: count(in.Users.Total - in.Users.Seated)}
}

// addLimitations tells what is used of each limitation. Static ones have no figures: clients count them for themselves.
func (in Input) addLimitations(result *v1alpha1.LineItemStatus) {
	if in.NoTerms != nil {
		in.keepLimitations(result)
		return
	}
	if kubestore.IsLicense(in.Object) {
		result.Activations = count(int(in.balance(licensing.TokenID).Held()))
	}
	used := make([]string, 0, len(in.Terms.Limitations))
	result.Limitations = make([]v1alpha1.LimitationStatus, 0, len(in.Terms.Limitations))
	for _, limitation := range in.Terms.Limitations {
		row := v1alpha1.LimitationStatus{ID: limitation.ID, Limit: limitation.Limit}
		if limitation.ResetMode != licensing.ResetDisabled {
			in.addFigures(&row, limitation.Limitation)
			used = append(used, usage(limitation.Limitation, row))
		}
		result.Limitations = append(result.Limitations, row)
	}
	result.LimitationUsage = status.Enumerate(used)
}

func (in Input) keepLimitations(result *v1alpha1.LineItemStatus) {
	known := in.Object.Status
	result.Limitations, result.LimitationUsage, result.Activations = known.Limitations, known.LimitationUsage, known.Activations
}

func (in Input) addFigures(row *v1alpha1.LimitationStatus, limitation licensing.Limitation) {
	standing := in.standing(limitation)
	row.Used = decimal(standing.Balance)
	if standing.Remaining != nil {
		row.Remaining = decimal(*standing.Remaining)
	}
	if !limitation.UserProvisioning {
		row.LastResetTime = instant(standing.LastReset)
	}
	if standing.NextReset != nil {
		row.NextResetTime = instant(*standing.NextReset)
	}
}

func (in Input) standing(limitation licensing.Limitation) licensing.Standing {
	balance := in.balance(limitation.ID)
	if limitation.UserProvisioning {
		return limitation.HeldStanding(balance.Held())
	}
	// Until something is consumed, periods count from the creation of the license.
	return balance.Begun(in.Object.CreationTimestamp.UTC()).Standing(limitation, in.Now)
}

func (in Input) balance(limitationID string) licensing.Balance {
	return in.Account.Balances[ledger.LimitationKey{ActivationID: in.LineItem.ActivationID, LimitationID: limitationID}]
}

// usage shows a limitation at a glance.
func usage(limitation licensing.Limitation, row v1alpha1.LimitationStatus) string {
	name := limitation.Name
	if name == "" {
		name = limitation.ID
	}
	if limitation.Limit == nil {
		return fmt.Sprintf("%s %s/unlimited", name, row.Used)
	}
	return fmt.Sprintf("%s %s/%d", name, row.Used, *limitation.Limit)
}

func count(n int) *int32 { return new(int32(min(n, math.MaxInt32))) } //nolint:gosec // bounded
