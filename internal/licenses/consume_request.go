package licenses

import (
	"cmp"
	"context"
	"unicode/utf8"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// meter is a limitation of the license of a client.
type meter struct {
	license    *license
	client     licenseClient
	limitation kubestore.EffectiveLimitation
}

func (m *meter) ledgers() ledger.Meter {
	return ledger.Meter{ActivationID: m.license.activationID(), Limitation: m.limitation.Limitation, Began: m.license.began()}
}

// assignment is the token, or the license where there is none.
func (m *meter) assignment() string {
	if m.client.TokenKey != "" {
		return m.client.TokenKey
	}
	return m.license.terms.LicenseID
}

// requestOf refuses a value that makes no sense.
func (l *Licenses) requestOf(ctx context.Context, m *meter, value ConsumptionValue, clientID string, users *roster) (ledger.Request, error) {
	if err := cmp.Or(checkLength("external_id", value.ExternalID, maxExternalID), checkLength("user_id", value.UserID, maxUserID)); err != nil {
		return nil, err
	}
	switch {
	case m.limitation.ResetMode == licensing.ResetDisabled:
		return nil, errorf(LimitationStatic, "limitation %s is static: clients enforce it, and nothing is consumed of it", m.limitation.ID)
	case m.limitation.UserProvisioning:
		return l.provisioning(ctx, m, value, clientID, users)
	case value.Value <= 0:
		return nil, errorf(ValueNotPossible, "value: %s of limitation %s, must be more than 0; what was consumed is taken back with a rollback", value.Value, m.limitation.ID)
	}
	return ledger.ConsumptionRequest{
		Meter: m.ledgers(), Value: value.Value, Timestamp: value.Timestamp, LicenseID: m.license.terms.LicenseID,
		ClientID: clientID, AssignmentID: m.assignment(), UserID: value.UserID, ExternalID: value.ExternalID,
	}, nil
}

// provisioning refuses what cannot be provisioned, but nobody who holds a unit: a heartbeat that is repeated changes
// nothing, and does not fail either.
func (l *Licenses) provisioning(ctx context.Context, m *meter, value ConsumptionValue, clientID string, users *roster) (ledger.Request, error) {
	if value.Value != licensing.Token {
		return nil, errorf(ValueNotPossible, "value: %s of limitation %s, must be 1: a user holds one unit or none", value.Value, m.limitation.ID)
	}
	if value.UserID == "" {
		return nil, errorf(UserUnknown, "user_id: is missing, but units of limitation %s are provisioned to users", m.limitation.ID)
	}
	member, err := users.member(ctx, m.license, value.UserID)
	if err != nil {
		return nil, err
	}
	if _, holds := member.Holding(m.limitation.ID); !holds && !member.seated() {
		return nil, errorf(UserInactive, "user %q of license %s is not active", value.UserID, m.license.terms.LicenseID)
	}
	named := seatOf(m.license, member.object)
	named.Limitation, named.ClientID, named.ExternalID = m.limitation.Limitation, clientID, value.ExternalID
	return ledger.Provisioning{User: member.Subject, License: named, Origin: licensing.ConsumedHolding}, nil
}

// maxExternalID is that of a user's unit, in characters.
const maxExternalID = 256

// checkLength bounds what is kept with a consumption. It is the caller's, and may be any text: who consumes need not be a user
// of the license.
func checkLength(field, text string, most int) error {
	if length := utf8.RuneCountInString(text); length > most {
		return invalid("$.%s: has %d characters, must have at most %d", field, length, most)
	}
	return nil
}
