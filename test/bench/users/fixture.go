package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	v2 "github.com/licensing-operator/licensing-operator/pkg/client/v2"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
	"github.com/licensing-operator/licensing-operator/test/conformance/namedusers"
)

const limitations = 5

// fixture is a license whose users are declared by objects.
type fixture struct {
	arguments
	namedusers.Target
	namedusers.Sale
	system *embedded.System
	client client.Client
	api    *v2.ClientWithResponses
}

func newFixture(ctx context.Context, system *embedded.System, a arguments) (*fixture, error) {
	f := &fixture{arguments: a, system: system}
	var err error
	if f.Target, err = system.NamedUsers(ctx); err != nil {
		return nil, err
	}
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	config := rest.CopyConfig(system.Config)
	config.QPS, config.Burst = -1, -1
	if f.client, err = client.New(config, client.Options{Scheme: scheme}); err != nil {
		return nil, err
	}
	if f.api, err = v2.NewClientWithResponses(f.BaseURLs[0], v2.WithRequestEditorFn(v2.WithAdminKey(f.AdminKey)), v2.WithHTTPClient(&http.Client{
		Timeout: 5 * time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 256},
	})); err != nil {
		return nil, err
	}
	f.Sale = namedusers.Sale{
		ProductID: uuid.NewString(), LicenseID: uuid.NewString(), EditionID: uuid.NewString(), CustomerNumber: "customer", Activation: "TokenKey",
		Start: time.Now().AddDate(-1, 0, 0), End: time.Now().AddDate(1, 0, 0),
	}
	for i := range limitations {
		f.Limitations = append(f.Limitations, namedusers.Limitation{ID: uuid.NewString(), Name: fmt.Sprintf("limitation %d", i), Limit: new(2 * a.users), UserProvisioning: true, ResetMode: 1})
	}
	return f, f.Shop.Sell(ctx, f.Sale)
}

func userID(i int) string { return fmt.Sprintf("user-%05d@acme.example", i) }

// memory says what the operator has.
func (f *fixture) memory(when string) func(context.Context) ([]row, error) {
	return func(context.Context) ([]row, error) {
		now, most, err := resident(f.system.Replicas[0].Process().PID())
		return []row{{what: "memory of the operator, " + when, note: fmt.Sprintf("%s resident, %s at most so far", now, most)}}, err
	}
}

// object is a declared user who is to hold a unit of the first limitation.
func (f *fixture) object(i int) *v1alpha1.UserProvisioning {
	return &v1alpha1.UserProvisioning{
		ObjectMeta: metav1.ObjectMeta{Namespace: embedded.UsersNamespace, Name: fmt.Sprintf("user-%05d", i)},
		Spec: v1alpha1.UserProvisioningSpec{
			LineItemRef: v1alpha1.LineItemReference{Name: "license-" + f.LicenseID}, UserID: userID(i), Name: "User", Active: new(true),
			Limitations: []string{f.Limitations[0].ID},
		},
	}
}
