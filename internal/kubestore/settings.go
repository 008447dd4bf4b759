package kubestore

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// The bounds of the charge period that a producer may choose.
const (
	ShortestPeriod = 10 * time.Minute
	LongestPeriod  = 24 * time.Hour
)

// Settings are what a producer may decide for itself.
type Settings struct {
	Terms licensing.Terms
	// TimezoneTolerant widens the validity ranges of line items.
	TimezoneTolerant bool
}

// Settings are those in effect in a namespace, from the informer.
func (s *Store) Settings(ctx context.Context, namespace string) (Settings, error) {
	return s.settings(ctx, namespace, s.cached)
}

// Terms are the terms of the sessions on an account. The ledger asks for them in the middle of a decision, when an
// informer that was filled before the first one always answers; from one that never was, what the operator has decided
// holds.
//
//nolint:contextcheck,nolintlint // callers with a context cannot give it; nolintlint does not see that this is for them
func (s *Store) Terms(id ledger.AccountID) licensing.Terms {
	settings, err := s.Settings(context.Background(), id.Namespace)
	if err != nil {
		return s.defaults(id.Namespace).Terms
	}
	return settings.Terms
}

// Defaults are the settings of a producer that has decided nothing.
func (s *Store) Defaults(namespace string) Settings { return s.defaults(namespace) }

func (s *Store) settings(ctx context.Context, namespace string, reader client.Reader) (Settings, error) {
	var decided v1alpha1.TenantConfiguration
	err := reader.Get(ctx, client.ObjectKey{Namespace: namespace, Name: v1alpha1.TenantConfigurationName}, &decided)
	if err != nil && !apierrors.IsNotFound(err) {
		return Settings{}, fmt.Errorf("tenant configuration: %w", err)
	}
	// What is wrong with it, its controller says. The rest of it holds.
	settings, _ := s.defaults(namespace).Decided(decided.Spec)
	return settings, nil
}

// Decided are the settings with what the producer has decided in place of the defaults. An error says which decision is
// not possible and left out.
func (s Settings) Decided(spec v1alpha1.TenantConfigurationSpec) (Settings, error) {
	if spec.TimezoneTolerant != nil {
		s.TimezoneTolerant = *spec.TimezoneTolerant
	}
	if spec.SessionChargePeriod == "" {
		return s, nil
	}
	period, err := chargePeriod(spec.SessionChargePeriod)
	if err != nil {
		return s, fmt.Errorf("spec.sessionChargePeriod: %w", err)
	}
	s.Terms.Period, s.Terms.HeartbeatWindow = period, period/2
	// The operator's grace was chosen for its own period. It must end before the next charge.
	s.Terms.HeartbeatGrace = min(s.Terms.HeartbeatGrace, s.Terms.HeartbeatWindow/2)
	return s, nil
}

func chargePeriod(text v1alpha1.Duration) (time.Duration, error) {
	period, err := text.Parse()
	if err == nil && (period < ShortestPeriod || period > LongestPeriod || period%time.Minute != 0) {
		err = fmt.Errorf("%s is not possible: whole minutes from %s to %s are", text, v1alpha1.NewDuration(ShortestPeriod), v1alpha1.NewDuration(LongestPeriod))
	}
	return period, err
}
