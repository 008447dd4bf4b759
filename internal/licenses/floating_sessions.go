package licenses

import (
	"context"
	"errors"
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/floating"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// SessionRequest asks for a session of a floating license, or to close it.
type SessionRequest struct {
	LicenseID, ClientID, SessionID, UserID string
	// CheckoutMinutes asks for a longer hold. Nil is none.
	CheckoutMinutes *float64
}

// Session is an open session of a floating license.
type Session struct {
	licensing.FloatingSession

	LicenseID string
	// MaxSessions is how many may be open; MaxClients is how many clients may be activated, nil without a limit.
	MaxSessions int32
	MaxClients  *int32
}

// sessionIDs are the ids of refusals.
var sessionIDs = map[licensing.FloatingReason]ErrorID{
	licensing.SessionLimitReached:       SessionLimitReached,
	licensing.ClientSessionLimitReached: TooManySessions,
	licensing.UserHasSession:            UserHasSession,
	licensing.CheckoutPeriodInvalid:     CheckoutPeriodTooShort,
	licensing.UserIDRequired:            SessionUserMissing,
	licensing.SessionIDRequired:         SessionIDMissing,
	licensing.TooManySessions:           TooMany,
}

// OpenSession opens a session, or renews the one that the client has under the id.
func (l *Licenses) OpenSession(ctx context.Context, asked SessionRequest) (Session, error) {
	license, err := l.floatingLicense(ctx, asked.LicenseID)
	if err != nil {
		return Session{}, err
	}
	if err := asked.validate(); err != nil {
		return Session{}, err
	}
	if err := l.mustBeValid(ctx, license); err != nil {
		return Session{}, err
	}
	if err := l.mayOpen(ctx, license, asked.ClientID); err != nil {
		return Session{}, err
	}
	opened, err := l.Sessions.Open(ctx, l.register(license), floatingTerms(license), licensing.FloatingRequest{
		SessionID: asked.SessionID, ClientID: asked.ClientID, UserID: asked.UserID, CheckoutMinutes: asked.CheckoutMinutes,
	})
	if err != nil {
		return Session{}, refusedSession(err)
	}
	return sessionOf(license, opened.FloatingSession), nil
}

// CloseSession ends a session. One that is not there has ended already, and the license need not be valid: what is freed
// can be used as soon as it is.
func (l *Licenses) CloseSession(ctx context.Context, asked SessionRequest) error {
	license, err := l.floatingLicense(ctx, asked.LicenseID)
	if err != nil {
		return err
	}
	if asked.SessionID == "" {
		return errorf(SessionIDMissing, "session_id: is missing but it is required: it says which session to close")
	}
	return refusedSession(l.Sessions.Close(ctx, l.register(license), asked.ClientID, asked.SessionID))
}

// OpenSessions lists those of a license; one that is not floating has none.
func (l *Licenses) OpenSessions(ctx context.Context, licenseID string) ([]Session, error) {
	license, err := l.license(ctx, licenseID)
	if err != nil {
		return nil, err
	}
	open, err := l.Sessions.List(ctx, l.register(license))
	if err != nil {
		return nil, refusedSession(err)
	}
	sessions := make([]Session, len(open))
	for i, session := range open {
		sessions[i] = sessionOf(license, session)
	}
	return sessions, nil
}

// CloseOpenSessions ends all sessions of a license.
func (l *Licenses) CloseOpenSessions(ctx context.Context, licenseID string) error {
	license, err := l.license(ctx, licenseID)
	if err != nil {
		return err
	}
	return refusedSession(l.Sessions.CloseAll(ctx, l.register(license)))
}

// DropEndedSessions clears the traces of sessions that were not renewed. They count nowhere before that either.
func (l *Licenses) DropEndedSessions(ctx context.Context) error {
	return refusedSession(l.Sessions.Sweep(ctx, l.namespace))
}

func (l *Licenses) floatingLicense(ctx context.Context, id string) (*license, error) {
	license, err := l.keyedLicense(ctx, id)
	if err == nil && license.terms.Floating == nil {
		return nil, errorf(LicenseNotFloating, "license %s is %s: sessions are for licenses with provisioning_mode %s",
			license.terms.LicenseID, license.terms.ProvisioningMode, v1alpha1.ProvisioningFloating)
	}
	return license, err
}

// mayOpen refuses a client that the license is not activated for. People need no activation: they are told apart by their
// user ids.
func (l *Licenses) mayOpen(ctx context.Context, license *license, clientID string) error {
	if license.terms.ClientType == v1alpha1.ClientUsers {
		return nil
	}
	_, err := l.clientOf(ctx, license, clientID)
	return err
}

func (r SessionRequest) validate() error {
	if r.UserID != "" {
		if err := checkUserID(r.UserID); err != nil {
			return err
		}
	}
	return checkClientID(r.ClientID)
}

func (l *Licenses) register(license *license) floating.License {
	return floating.License{Namespace: l.namespace, ID: license.terms.LicenseID}
}

func floatingTerms(license *license) licensing.FloatingTerms {
	terms := license.terms.Floating
	return licensing.FloatingTerms{
		Limit: int(*terms.Limit), Enforce: *terms.Enforce, Period: time.Duration(terms.SessionPeriodMinutes) * time.Minute,
		PerClient: int(terms.SessionsPerClient), Users: license.terms.ClientType == v1alpha1.ClientUsers,
	}
}

func sessionOf(license *license, session licensing.FloatingSession) Session {
	open := Session{FloatingSession: session, LicenseID: license.terms.LicenseID, MaxClients: license.terms.TokenLimit}
	if terms := license.terms.Floating; terms != nil {
		open.MaxSessions = *terms.Limit
		if !*terms.Enforce {
			open.MaxSessions = licensing.MaxFloatingSessions
		}
	}
	return open
}

func refusedSession(err error) error {
	if refused := (*licensing.FloatingError)(nil); errors.As(err, &refused) {
		return &Error{ID: sessionIDs[refused.Reason], Message: refused.Message, cause: err}
	}
	if errors.Is(err, floating.ErrUnavailable) {
		return &Unavailable{Message: floating.ErrUnavailable.Error() + ", try again", RetryAfter: declaration.RetryAfter, cause: err}
	}
	return err
}
