package kubestore

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// fieldState is a selectable field of sessions.
const fieldState = "status.state"

// Sessions lists live the sessions of an account that have not ended. In which other namespaces there are any is known
// from the informer: the first session of a namespace may be missing for as long as that lags behind.
func (s *Store) Sessions(ctx context.Context, id ledger.AccountID) (map[ledger.Subject]ledger.Sighting, error) {
	namespaces, err := s.namespacesOf(ctx, id)
	if err != nil {
		return nil, err
	}
	selector := client.MatchingFieldsSelector{Selector: fields.AndSelectors(
		fields.OneTermEqualSelector(IndexInstance, id.Name),
		fields.OneTermNotEqualSelector(fieldState, string(v1alpha1.SessionTerminated)),
	)}
	sightings := map[ledger.Subject]ledger.Sighting{}
	for namespace := range namespaces {
		var sessions v1alpha1.SessionList
		if err := s.live.List(ctx, &sessions, client.InNamespace(namespace), selector); err != nil {
			return nil, fmt.Errorf("list the sessions of namespace %s: %w", namespace, err)
		}
		for i := range sessions.Items {
			session := &sessions.Items[i]
			if AccountOfSession(session) != id {
				continue // an Instance of the same name in another namespace
			}
			if sightings[SessionSubject(session)], err = sightingOf(session); err != nil {
				return nil, err
			}
		}
	}
	return sightings, nil
}

// namespacesOf are the namespaces that sessions of the account are in, its own among them.
func (s *Store) namespacesOf(ctx context.Context, id ledger.AccountID) (sets.Set[string], error) {
	var known v1alpha1.SessionList
	if err := s.cached.List(ctx, &known, client.MatchingFields{IndexAccount: id.String()}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list the sessions of instance %s: %w", id, err)
	}
	namespaces := sets.New(id.Namespace)
	for i := range known.Items {
		namespaces.Insert(known.Items[i].Namespace)
	}
	return namespaces, nil
}
