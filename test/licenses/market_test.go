package licenses

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

// market is a producer with a product, which has two limitations, and a customer.
type market struct {
	producer
	productID, customerID string
	// api and cloud are limitations of the product.
	api, cloud string
}

func newMarket(t *testing.T) market {
	t.Helper()
	m := market{producer: newProducer(t), productID: uuid.NewString(), customerID: uuid.NewString(), api: uuid.NewString(), cloud: uuid.NewString()}
	m.Apply(t, "Instance", "customer", fmt.Sprintf("{accountID: %s, shortName: customer, allowedNamespaces: {from: Same}}", m.customerID))
	m.Apply(t, "Product", "cad", fmt.Sprintf(`
productID: %s
displayName: CAD
limitations:
- {id: %s, name: API Functionality}
- {id: %s, name: Cloud Backup Functionality}`, m.productID, m.api, m.cloud))
	return m
}

// edition applies an Edition of the product as GitOps does, and gives its id.
func (m market) edition(t *testing.T, name, more string) string {
	t.Helper()
	id := uuid.NewString()
	m.Apply(t, "Edition", name, fmt.Sprintf("{editionID: %s, productRef: {name: cad}, displayName: %s, %s}", id, name, more))
	return id
}

// license makes one of an edition over REST.
func (m market) license(t *testing.T, editionID string, tokens int32) string {
	t.Helper()
	created := must[licenses.License](t)(m.here.CreateLicense(t.Context(), licenses.LicenseChange{
		CustomerID: m.customerID, ProductID: m.productID, EditionID: editionID, TokenLimit: said(tokens),
	}))
	return created.LicenseID
}

// activate activates the license for a client, and gives its token.
func (m market) activate(t *testing.T, license, client string) string {
	t.Helper()
	info := must[licenses.LicenseInfo](t)(m.there.Activate(t.Context(), m.activation(license, client)))
	if info.TokenKey == "" {
		t.Fatalf("client %s has no token", client)
	}
	return info.TokenKey
}

func (m market) activation(license, client string) licenses.Activation {
	return licenses.Activation{ProductID: m.productID, LicenseKey: license, ClientID: client, ClientName: "Workstation"}
}

func said[T comparable](value T) licenses.Setting[T] {
	return licenses.Setting[T]{Said: true, Value: &value}
}

func none[T comparable]() licenses.Setting[T] { return licenses.Setting[T]{Said: true} }

// producer is a namespace, served by both replicas.
type producer struct {
	cluster.Producer

	// here and there are the replicas.
	here, there *licenses.Licenses
}

func newProducer(t *testing.T) producer {
	t.Helper()
	p := producer{Producer: shared.NewProducer(t, "licenses", nil)}
	p.here, p.there = p.as(0, "admin key shop"), p.as(1, "admin key shop")
	return p
}

func (p producer) as(replica int, caller string) *licenses.Licenses {
	return replicas[replica].For(p.Namespace, licenses.Caller{Name: caller})
}

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(value T, err error) T {
		t.Helper()
		noError(t, err)
		return value
	}
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v (%v)", err, errors.Unwrap(err))
	}
}

// refused wants an error with the id.
func refused(t *testing.T, err error, id licenses.ErrorID) {
	t.Helper()
	if licenses.IDOf(err) != id {
		t.Fatalf("got %d %v, want %d", licenses.IDOf(err), err, id)
	}
}

// errorsOf makes the calls at the same time and gives their errors.
func errorsOf(calls ...func() error) []error {
	errs := make([]error, len(calls))
	var ready, done sync.WaitGroup
	ready.Add(1)
	for i, call := range calls {
		done.Go(func() {
			ready.Wait()
			errs[i] = call()
		})
	}
	ready.Done()
	done.Wait()
	return errs
}

// ids counts what became of the calls; a success has the id 0.
func ids(t *testing.T, errs []error) map[licenses.ErrorID]int {
	t.Helper()
	counts := map[licenses.ErrorID]int{}
	for _, err := range errs {
		if err != nil && licenses.IDOf(err) == 0 {
			t.Error(err)
		}
		counts[licenses.IDOf(err)]++
	}
	return counts
}

// wants compares the attributes that are given.
func wants(t *testing.T, got, want object) {
	t.Helper()
	shown := object{}
	for attribute := range want {
		shown[attribute] = got[attribute]
	}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
