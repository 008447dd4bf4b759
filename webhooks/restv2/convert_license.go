package restv2

import (
	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/webhooks/restv2/stub"
)

// A license has no features and variables, and no software releases: clients read lists that are empty and checks that
// never fail.
func license(value licenses.License) stub.LicenseDto {
	shown := stub.LicenseDto{
		ID: value.LicenseID, CustomerID: value.Customer.ID, ProductID: value.ProductID, TemplateID: value.EditionID,
		Name: optional(value.Name), Description: optional(value.Description), ClientID: firstClient(value),
		TokenLimit: limitOr(value.TokenLimit), UserLimit: value.UserLimit,
		IsActive: value.IsActive, IsExpired: value.IsExpired(), IsValid: value.IsValid(), DateValidity: stub.DateValidity(value.Date),
		IsSoftwareReleaseValid: true, IsGroupValid: true,
		DateOfIssueUtc: value.Created.UTC(), StartDateUtc: moment(value.Start), ExpirationMode: new(stub.ExpirationModeNever),
		CreatedDateUtc: moment(value.Created), ModifiedDateUtc: moment(value.Modified), LastModifiedBy: optional(value.LastModifiedBy),
		LicenseLimitations: licenseLimitations(value), LicenseUsersGroups: each(value.UserGroups, declaredGroup),
		Template:        new(template(value.Edition)),
		LicenseFeatures: []map[string]any{}, LicenseVariables: []map[string]any{}, LicenseConstrainedVariables: []map[string]any{},
	}
	if !licenses.NeverExpires(value.End) {
		shown.ExpirationMode, shown.ExpirationDateUtc = new(stub.ExpirationModeDate), moment(value.End)
	}
	if value.Floating != nil {
		shown.FloatingTokenLimit = value.Floating.Limit
	}
	if value.Users != nil {
		shown.LicenseUsers = each(value.Users, licenseUser)
	}
	return shown
}

// firstClient is the client that is active from the beginning; null if there is none.
func firstClient(value licenses.License) *string {
	switch value.ActivationOnCreation {
	case v1alpha1.ActivateWithTokenKey:
		return &value.LicenseID
	case v1alpha1.ActivateWithCustomerNumber:
		return optional(value.Customer.Number)
	default:
		return nil
	}
}

// licenseLimitations are all that clients can name, whether the user who is asked about holds a unit or not.
func licenseLimitations(value licenses.License) []stub.LicenseLimitationDto {
	shown := make([]stub.LicenseLimitationDto, 0, len(value.Limitations))
	for _, limitation := range value.Limitations {
		if !nameable(limitation.ID) {
			continue
		}
		shown = append(shown, stub.LicenseLimitationDto{
			ProductID: value.ProductID, LimitationID: limitation.ID, LimitationName: optional(limitation.Name),
			LimitationDescription: optional(limitation.Description), Limit: whole(limitation.Limit),
			ConsumptionResetMode: resetMode(limitation.ResetMode), ConsumptionResetPeriodDays: optional(int32(limitation.ResetPeriodDays)),
			CurrentUserTransactionID: optional(value.Holdings[limitation.ID]),
		})
	}
	return shown
}

// goodwill is null where there is none.
func goodwill(limitation licensing.Limitation) *licensing.Tokens {
	return optional(limitation.Goodwill)
}

func licenseUser(value licenses.User) stub.LicenseUserDto {
	return stub.LicenseUserDto{
		UserID: value.ID, Name: value.Name, LicenseID: value.LicenseID, IsActive: value.Active, LicenseUserGroupID: optional(value.GroupID),
		ActiveSessions: []stub.SessionDto{},
		CreatedDateUtc: moment(value.Created), ModifiedDateUtc: moment(value.Modified), LastModifiedBy: optional(value.LastModifiedBy),
	}
}

func userGroup(value licenses.Group) stub.LicenseUserGroupDto {
	return stub.LicenseUserGroupDto{ID: value.ID, Name: optional(value.Name), UserLimit: limitOr(value.UserLimit)}
}

func declaredGroup(value v1alpha1.UserGroup) stub.LicenseUserGroupDto {
	return userGroup(licenses.Group{ID: value.ID, Name: value.Name, UserLimit: value.UserLimit})
}
