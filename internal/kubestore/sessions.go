package kubestore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// heartbeatOwner owns status.heartbeat, which the ledger's fields and the controller's conditions never touch.
const heartbeatOwner = client.FieldOwner("licensing-operator-heartbeat")

// Read reads a subject live.
func (s *Store) Read(ctx context.Context, subject ledger.Subject) (ledger.Sighting, error) {
	switch subject.Kind {
	case ledger.UserSubject:
		var user v1alpha1.UserProvisioning
		if err := s.get(ctx, subject, &user); err != nil {
			return ledger.Sighting{}, err
		}
		return ledger.Sighting{State: userState(&user), Version: ledger.Version(user.ResourceVersion)}, nil
	case ledger.ActivationSubject:
		var activation v1alpha1.Activation
		if err := s.get(ctx, subject, &activation); err != nil {
			return ledger.Sighting{}, err
		}
		return ledger.Sighting{State: activationState(&activation), Version: ledger.Version(activation.ResourceVersion)}, nil
	case ledger.ConsumptionSubject:
		return s.readConsumption(ctx, subject)
	case ledger.SessionSubject:
	}
	var session v1alpha1.Session
	if err := s.get(ctx, subject, &session); err != nil {
		return ledger.Sighting{}, err
	}
	return sightingOf(&session)
}

func sightingOf(session *v1alpha1.Session) (ledger.Sighting, error) {
	state, err := SessionState(session)
	if err != nil {
		return ledger.Sighting{}, err
	}
	sighting := ledger.Sighting{
		State:   ledger.State{Session: &state},
		ID:      SessionID(session),
		Created: CreatedAt(session),
		Renewed: Renewed(session),
		Version: ledger.Version(session.ResourceVersion + " " + renewalText(session)),
	}
	if beat := session.Status.Heartbeat; beat != nil && beat.Time != nil {
		sighting.LastHeartbeat = beat.Time.UTC()
	}
	return sighting, nil
}

// Renewed tells that the holder changed spec.heartbeatTime since the last heartbeat that was recorded.
func Renewed(session *v1alpha1.Session) bool {
	if session.Spec.HeartbeatTime == nil {
		return false
	}
	beat := session.Status.Heartbeat
	return beat == nil || beat.Observed == nil || !beat.Observed.Time.Equal(session.Spec.HeartbeatTime.Time)
}

func renewalText(session *v1alpha1.Session) string {
	if session.Spec.HeartbeatTime == nil {
		return ""
	}
	return session.Spec.HeartbeatTime.UTC().Format(metav1.RFC3339Micro)
}

// RecordHeartbeat writes status.heartbeat on the session as it was read.
func (s *Store) RecordHeartbeat(ctx context.Context, subject ledger.Subject, at time.Time, read ledger.Sighting) error {
	resourceVersion, renewal, _ := strings.Cut(string(read.Version), " ")
	heartbeat := map[string]any{"time": at.UTC().Format(metav1.RFC3339Micro)}
	if renewal != "" {
		heartbeat["observed"] = renewal
	}
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": subject.UID, "resourceVersion": resourceVersion},
		"status":   map[string]any{"heartbeat": heartbeat},
	})
	if err != nil {
		return err
	}
	err = s.live.Status().Patch(ctx, sessionNamed(subject), client.RawPatch(types.MergePatchType, patch), heartbeatOwner)
	switch {
	case apierrors.IsNotFound(err):
		return errors.Join(ledger.ErrSubjectGone, err)
	case apierrors.IsConflict(err):
		// A session of the same name that is not the one meant is a conflict to the API server too.
		if gone := s.get(ctx, subject, &v1alpha1.Session{}); errors.Is(gone, ledger.ErrSubjectGone) {
			return gone
		}
		return errors.Join(ledger.ErrConflict, err)
	}
	return err
}

// Write writes a transaction's state to the status of its subject, if that is at the base revision; a consumption has a
// record for a subject.
func (s *Store) Write(ctx context.Context, transaction *ledger.Transaction) error {
	if transaction.Subject.Kind == ledger.ConsumptionSubject {
		return s.writeConsumption(ctx, transaction)
	}
	object, fields, err := writtenThrough(transaction)
	if err != nil {
		return err
	}
	err = s.patchStatus(ctx, object, transaction, fields, false)
	if !apierrors.IsInvalid(err) {
		return gone(err)
	}
	read, readErr := s.Read(ctx, transaction.Subject)
	if readErr != nil {
		return readErr
	}
	if at := read.State.Revision(); at != transaction.Base {
		return fmt.Errorf("%w: it is at %d, the transaction was based on %d", ledger.ErrRevision, at, transaction.Base)
	}
	if transaction.Base != 0 {
		return err
	}
	// An object without any status has no place for a single field of it.
	if err := s.patchStatus(ctx, object, transaction, fields, true); !apierrors.IsInvalid(err) {
		return gone(err)
	}
	return err
}

// operation is one step of a JSON patch (RFC 6902).
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// patchStatus replaces the ledger's fields of a status, and nothing else, if the object is the one meant and at the base
// revision. Heartbeats and conditions that change at the same time do not disturb it.
func (s *Store) patchStatus(ctx context.Context, object client.Object, transaction *ledger.Transaction, fields ledgerFields, create bool) error {
	var base any
	if transaction.Base != 0 {
		base = transaction.Base
	}
	patch := []operation{{"test", "/metadata/uid", transaction.Subject.UID}}
	if create {
		patch = append(patch, operation{"test", "/status", nil}, operation{"add", "/status", map[string]any{}})
	} else {
		patch = append(patch, operation{"test", "/status/revision", base})
	}
	for _, name := range fields.names {
		patch = append(patch, operation{"add", "/status/" + name, fields.values[name]})
		if fields.values[name] == nil {
			// Only what is there can be removed; now it is.
			patch = append(patch, operation{Op: "remove", Path: "/status/" + name})
		}
	}
	text, err := json.Marshal(patch)
	if err != nil {
		return err
	}
	return s.live.Status().Patch(ctx, object, client.RawPatch(types.JSONPatchType, text), fieldOwner)
}

func gone(err error) error {
	if apierrors.IsNotFound(err) {
		return errors.Join(ledger.ErrSubjectGone, err)
	}
	return err
}

func sessionNamed(subject ledger.Subject) *v1alpha1.Session {
	return &v1alpha1.Session{ObjectMeta: metav1.ObjectMeta{Namespace: subject.Namespace, Name: subject.Name}}
}
