package dashboard

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// mostSessions is how many are listed at once.
const mostSessions = 500

// Session is one that has not ended. Times are nil while there are none.
type Session struct {
	ID string `json:"id"`
	// Namespace may be another than the producer's.
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	State     string    `json:"state"`
	Created   time.Time `json:"created"`

	RequesterType  string `json:"requesterType,omitempty"`
	RequesterValue string `json:"requesterValue,omitempty"`
	Items          []Item `json:"items"`
	// Charged and Refunded are sums over the life of the session.
	Charged  string `json:"charged,omitempty"`
	Refunded string `json:"refunded,omitempty"`

	ChargedUntil *time.Time `json:"chargedUntil,omitempty"`
	NextCharge   *time.Time `json:"nextCharge,omitempty"`
	// HeartbeatBy is when a heartbeat has to have come. HeartbeatCame tells that it has.
	HeartbeatBy   *time.Time `json:"heartbeatBy,omitempty"`
	HeartbeatCame bool       `json:"heartbeatCame,omitempty"`
	LastHeartbeat *time.Time `json:"lastHeartbeat,omitempty"`
	IdleSince     *time.Time `json:"idleSince,omitempty"`
	// IdleUntil is when one that holds nothing ends by itself.
	IdleUntil *time.Time `json:"idleUntil,omitempty"`
}

// Item is one that a session holds, and what it was charged for the running period.
type Item struct {
	Item    string `json:"item"`
	Version string `json:"version,omitempty"`
	Count   string `json:"count"`
	Tokens  string `json:"tokens"`
}

// sessions are those of an instance that have not ended, newest first and no more than there is room for, and how many
// there are beside those.
func (r *Reader) sessions(ctx context.Context, instance *v1alpha1.Instance, room int) (sessions []Session, notListed int, err error) {
	var list v1alpha1.SessionList
	account := client.MatchingFields{kubestore.IndexAccount: instance.Namespace + "/" + instance.Name}
	if err := r.Cached.List(ctx, &list, client.UnsafeDisableDeepCopy, account); err != nil {
		return nil, 0, fmt.Errorf("list sessions: %w", err)
	}
	settings, err := r.Store.Settings(ctx, instance.Namespace)
	if err != nil {
		return nil, 0, err
	}
	var live []*v1alpha1.Session
	for i := range list.Items {
		if object := &list.Items[i]; isLive(object, instance) {
			live = append(live, object)
		}
	}
	slices.SortFunc(live, func(a, b *v1alpha1.Session) int {
		if kubestore.Older(a, b) {
			return 1
		}
		return -1
	})
	listed := live[:min(len(live), room)]
	sessions = make([]Session, len(listed))
	for i, object := range listed {
		sessions[i] = sessionOf(object)
		sessions[i].IdleUntil = idleUntil(object, settings.Terms)
	}
	return sessions, len(live) - len(listed), nil
}

// isLive leaves out what is only a wish: a session of another namespace may name any Instance, and is not of it until it was
// granted something.
func isLive(object *v1alpha1.Session, instance *v1alpha1.Instance) bool {
	return object.Status.State != v1alpha1.SessionTerminated && (object.Namespace == instance.Namespace || object.Status.Revision > 0)
}

// idleUntil is nil for a session that holds something, and for one that cannot be understood, which its controller says.
func idleUntil(object *v1alpha1.Session, terms licensing.Terms) *time.Time {
	state, err := kubestore.SessionState(object)
	if err != nil {
		return nil
	}
	due, found := state.NextDue(time.Time{}, nil, terms)
	if !found || due.Event != licensing.DueIdleTooLong {
		return nil
	}
	return new(due.At.UTC())
}

func sessionOf(object *v1alpha1.Session) Session {
	status := object.Status
	session := Session{
		ID: kubestore.SessionID(object), Namespace: object.Namespace, Name: object.Name, State: string(status.State),
		Created: kubestore.CreatedAt(object), Items: make([]Item, len(status.Items)),
		ChargedUntil: instant(status.ChargedUntil), NextCharge: instant(status.NextChargeTime), IdleSince: instant(status.IdleSince),
		HeartbeatBy: instant(status.HeartbeatDeadline),
	}
	if session.State == "" {
		session.State = string(v1alpha1.SessionIdle)
	}
	if requester := status.Requester; requester != nil {
		session.RequesterType, session.RequesterValue = requester.Type, requester.Value
	}
	for i, item := range status.Items {
		session.Items[i] = Item{Item: item.Item, Version: item.Version, Count: string(item.Count), Tokens: string(item.Tokens)}
	}
	if totals := status.Totals; totals != nil {
		session.Charged, session.Refunded = string(totals.Charged), string(totals.Refunded)
	}
	if beat := status.Heartbeat; beat != nil && beat.Time != nil {
		session.LastHeartbeat = instant(beat.Time)
		charged := status.LastAutomaticChargeTime
		session.HeartbeatCame = charged != nil && !beat.Time.Time.Before(charged.Time)
	}
	return session
}
