// Package embedded starts a system to examine on this machine: a control plane with one or several operator processes
// that serve the REST API, and a tenant with two keys.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/internal/config"
	"github.com/licensing-operator/licensing-operator/test/conformance"
	"github.com/licensing-operator/licensing-operator/test/conformance/namedusers"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

// Namespace is the tenant's. UsersNamespace is that of the tenant with named users.
const (
	Namespace      = "conformance"
	UsersNamespace = "named-users"
)

const readyTimeout = 90 * time.Second

// Options says what is started.
type Options struct {
	// Replicas is how many operator processes serve; zero is one.
	Replicas int
	// ChargePeriod is development.chargePeriod, IdleLimit development.idleLimit.
	ChargePeriod, IdleLimit time.Duration
	// Change changes the configuration before it is written.
	Change func(*config.OperatorConfiguration)
}

// System is a control plane with operators that serve.
type System struct {
	*controlplane.ControlPlane
	Replicas []*Replica
	// Admin and Client are the keys that the tenant has.
	Admin, Client conformance.Signer

	options Options
}

// Start starts everything and returns when all replicas serve the tenant.
func Start(ctx context.Context, o Options) (_ *System, err error) {
	s := &System{options: o}
	if s.Admin, err = conformance.NewSigner("EC", "conformance-admin"); err != nil {
		return nil, err
	}
	if s.Client, err = conformance.NewSigner("RSA", "conformance-client"); err != nil {
		return nil, err
	}
	if s.ControlPlane, err = controlplane.Start(ctx, controlplane.Options{Unsafe: true, Install: true}); err != nil {
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *System) start(ctx context.Context) error {
	admin, err := client.New(s.Config, client.Options{})
	if err != nil {
		return err
	}
	for _, name := range []string{config.DefaultNamespace, Namespace} {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if err := admin.Create(ctx, namespace); err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	if err := s.AddKeys(ctx, Namespace); err != nil {
		return err
	}
	for i := range max(1, s.options.Replicas) {
		r, err := s.newReplica(filepath.Join(s.Dir, fmt.Sprintf("operator-%d", i+1)))
		if err != nil {
			return err
		}
		if err := r.Start(ctx); err != nil {
			return err
		}
		s.Replicas = append(s.Replicas, r)
	}
	for _, r := range s.Replicas {
		if err := r.AwaitReady(ctx); err != nil {
			return err
		}
	}
	return s.awaitKeys(ctx)
}

// Target is what the suite examines.
func (s *System) Target() conformance.Target {
	target := conformance.Target{
		Admin: s.Admin, Client: s.Client, ChargePeriod: s.options.ChargePeriod, IdleLimit: s.options.IdleLimit, Disposable: true,
	}
	for _, r := range s.Replicas {
		target.BaseURLs = append(target.BaseURLs, r.URL)
	}
	return target
}

// NamedUsers is what the suite of the v2 API examines.
func (s *System) NamedUsers(ctx context.Context) (namedusers.Target, error) {
	var urls []string
	for _, r := range s.Replicas {
		urls = append(urls, r.URL)
	}
	return NamedUsers(ctx, s.Config, UsersNamespace, urls)
}

// awaitKeys waits until tokens of the tenant's keys are accepted everywhere.
func (s *System) awaitKeys(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	for _, r := range s.Replicas {
		url := r.URL + "/provisioning/api/v1.1/public-keys"
		if err := await(ctx, r, url, map[string]string{"Authorization": "Bearer " + s.Admin.AdminToken()}); err != nil {
			return err
		}
	}
	return nil
}

// await polls until the answer is 200.
func await(ctx context.Context, r *Replica, url string, header map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	for {
		err := get(ctx, url, header)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-r.Process().Done():
			return fmt.Errorf("the operator has ended: %w\n%s", errors.Join(err, r.Process().Err()), r.Tail())
		case <-ctx.Done():
			return fmt.Errorf("waited for %s: %w\n%s", url, err, r.Tail())
		}
	}
}

func get(ctx context.Context, url string, header map[string]string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return nil
}
