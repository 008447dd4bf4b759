package rest

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/stub"
)

// CreateSession opens a session that uses nothing yet.
func (a *API) CreateSession(w http.ResponseWriter, r *http.Request, _ stub.CreateSessionParams) {
	var body stub.NewSession
	if !decode(w, r, &body) {
		return
	}
	id, err := a.tenant(r).CreateSession(r.Context(), body.InstanceID, keyOf(r))
	if err == nil {
		locate(w, r, id)
	}
	a.answer(w, r, http.StatusOK, stub.CreatedSession{SessionID: id}, err)
}

// ListSessions lists the live sessions of an instance.
func (a *API) ListSessions(w http.ResponseWriter, r *http.Request, params stub.ListSessionsParams) {
	a.listSessions(w, r, params.InstanceID)
}

func (a *API) listSessions(w http.ResponseWriter, r *http.Request, instanceID string) {
	sessions, err := a.tenant(r).Sessions(r.Context(), instanceID)
	a.answer(w, r, http.StatusOK, each(sessions, session), err)
}

// GetSession shows a session. With the id of an instance it lists that instance's sessions, as the source document has it
// (dynamic-monetization.md 2, task 8).
func (a *API) GetSession(w http.ResponseWriter, r *http.Request, id stub.SessionID, _ stub.GetSessionParams) {
	found, err := a.tenant(r).Session(r.Context(), sessionRef(r, id))
	if tenant.ReasonOf(err) == tenant.SessionNotFound {
		if _, instanceErr := a.tenant(r).InstanceObject(r.Context(), id); instanceErr == nil && grantOf(r.Context()).Admits(id) {
			a.listSessions(w, r, id)
			return
		}
	}
	if err == nil {
		announce(w, found.Deadlines)
	}
	a.answer(w, r, http.StatusOK, session(found), err)
}

// RequestSessionAccess makes a list of items the complete set that the session uses, or denies it as a whole.
func (a *API) RequestSessionAccess(w http.ResponseWriter, r *http.Request, id stub.SessionID, params stub.RequestSessionAccessParams) {
	var body stub.SessionAccessRequest
	if !decode(w, r, &body) {
		return
	}
	request, err := accessRequest(r, body.Requester, body.RequestedItems, params.DryRun)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	request.RollbackOnDeny = body.RollbackOnDeny
	access, err := a.tenant(r).RequestSessionAccess(r.Context(), sessionRef(r, id), request)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	status := http.StatusOK
	if !access.Granted {
		status = http.StatusConflict
	}
	announce(w, access.Deadlines)
	a.write(w, status, accessResponse(r, body.Requester, body.RequestedItems, request, access))
}

// SendHeartbeat keeps a session alive.
func (a *API) SendHeartbeat(w http.ResponseWriter, r *http.Request, id stub.SessionID, _ stub.SendHeartbeatParams) {
	deadlines, err := a.tenant(r).Heartbeat(r.Context(), sessionRef(r, id))
	if err == nil {
		announce(w, deadlines)
	}
	a.answer(w, r, http.StatusNoContent, nil, err)
}

// CloseSession ends a session and refunds what is unused of its period.
func (a *API) CloseSession(w http.ResponseWriter, r *http.Request, id stub.SessionID, _ stub.CloseSessionParams) {
	a.answer(w, r, http.StatusNoContent, nil, a.tenant(r).CloseSession(r.Context(), sessionRef(r, id), keyOf(r)))
}

// sessionRef confines the call to the instance that the caller may act on.
func sessionRef(r *http.Request, id string) tenant.SessionRef {
	return tenant.SessionRef{ID: id, InstanceID: grantOf(r.Context()).InstanceID}
}

func session(value tenant.Session) stub.Session {
	return stub.Session{
		SessionID: value.ID, InstanceID: value.InstanceID, State: stub.SessionState(value.State),
		ChargedUntil: millis(value.ChargedUntil), LastHeartBeat: millis(value.LastHeartbeat), LastAccessRequest: millis(value.LastAccess),
	}
}

// announce tells an ACTIVE session's deadlines in headers, which published clients do not look at.
func announce(w http.ResponseWriter, deadlines tenant.Deadlines) {
	for name, at := range map[string]time.Time{
		"Licensing-Next-Charge":     deadlines.NextCharge,
		"Licensing-Heartbeat-After": deadlines.HeartbeatAfter,
		"Licensing-Heartbeat-By":    deadlines.HeartbeatBy,
	} {
		if !at.IsZero() {
			w.Header().Set(name, strconv.FormatInt(at.UnixMilli(), 10))
		}
	}
}

// locate names what was created by the path that the caller used, whichever of the possible ones that was.
func locate(w http.ResponseWriter, r *http.Request, id string) {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	w.Header().Set("Location", strings.TrimSuffix(path, "/")+"/"+id)
}
