package restv2

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/restv2/stub"
)

// OpenSession opens or renews a session of a floating license.
func (a *API) OpenSession(w http.ResponseWriter, r *http.Request, _ stub.IsvID) {
	var body stub.SessionRequestDto
	if !decode(w, r, &body) {
		return
	}
	session, err := a.licenses(r).OpenSession(r.Context(), sessionRequest(body))
	a.answer(w, r, sessionStatus(session), err)
}

// CloseSession ends a session. Clients read a JSON string.
func (a *API) CloseSession(w http.ResponseWriter, r *http.Request, _ stub.IsvID) {
	var body stub.SessionRequestDto
	if decode(w, r, &body) {
		a.answer(w, r, "the session is closed", a.licenses(r).CloseSession(r.Context(), sessionRequest(body)))
	}
}

// CountActiveFloatingTokens counts the open sessions of a license.
func (a *API) CountActiveFloatingTokens(w http.ResponseWriter, r *http.Request, _ stub.IsvID, licenseID stub.LicenseID) {
	open, err := a.licenses(r).OpenSessions(r.Context(), canonical(licenseID))
	a.answer(w, r, len(open), err)
}

// ListOpenSessions lists the open sessions of a license, in the order in which they were opened.
func (a *API) ListOpenSessions(w http.ResponseWriter, r *http.Request, _ stub.IsvID, licenseID stub.LicenseID) {
	open, err := a.licenses(r).OpenSessions(r.Context(), canonical(licenseID))
	a.answer(w, r, each(open, session), err)
}

// CloseOpenSessions ends all sessions of a license.
func (a *API) CloseOpenSessions(w http.ResponseWriter, r *http.Request, _ stub.IsvID, licenseID stub.LicenseID, _ stub.CloseOpenSessionsParams) {
	var body stub.CloseSessionsRequest
	if len(server.BodyOf(r.Context())) > 0 && !decode(w, r, &body) {
		return
	}
	id := canonical(licenseID)
	if other := canonical(value(body.LicenseID)); other != "" && other != id {
		server.WriteProblem(w, r, http.StatusBadRequest, server.ReasonInvalid, "$.license_id: "+other+" is not the license of the path, "+id)
		return
	}
	a.done(w, r, a.licenses(r).CloseOpenSessions(r.Context(), id))
}

// DeleteInactiveSessions drops the sessions that were not renewed.
func (a *API) DeleteInactiveSessions(w http.ResponseWriter, r *http.Request, _ stub.IsvID) {
	a.done(w, r, a.licenses(r).DropEndedSessions(r.Context()))
}

func sessionRequest(body stub.SessionRequestDto) licenses.SessionRequest {
	asked := licenses.SessionRequest{
		LicenseID: canonical(body.LicenseID), ClientID: body.ClientID, SessionID: canonical(value(body.SessionID)), UserID: value(body.UserID),
	}
	if body.CheckoutPeriod != nil {
		minutes, _ := strconv.ParseFloat(body.CheckoutPeriod.String(), 64) // a decimal is a number
		asked.CheckoutMinutes = &minutes
	}
	return asked
}

func sessionStatus(session licenses.Session) stub.SessionStatusDto {
	return stub.SessionStatusDto{
		IsSessionValid: true, SessionValidUntil: moment(session.Until), SessionCreatedDate: moment(session.Created),
		SessionModifiedDate: moment(session.Modified), MaxOpenSessionCount: session.MaxSessions, MaxActiveClientCount: limitOr(session.MaxClients),
	}
}

func session(session licenses.Session) stub.SessionDto {
	return stub.SessionDto{
		SessionID: session.ID, LicenseID: session.LicenseID, ClientID: session.ClientID, UserID: optional(session.UserID),
		CreatedDateUtc: session.Created, ModifiedDateUtc: session.Modified, SessionValidUntil: session.Until,
	}
}

// canonical is a UUID as it is kept. Some clients write them in upper case.
func canonical(id string) string { return strings.ToLower(id) }
