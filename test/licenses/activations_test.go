package licenses

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licenses"
)

const devices = "provisioningMode: Named, clientType: Devices"

func TestActivation(t *testing.T) {
	m := newMarket(t)
	edition := m.edition(t, "devices", devices)
	license, other := m.license(t, edition, 2), m.license(t, edition, 2)

	first := m.activate(t, license, "a")
	if again := m.activate(t, license, "a"); again != first {
		t.Errorf("the repeat has token %s, want that of the first, %s", again, first)
	}
	m.activate(t, license, "b")
	_, err := m.here.Activate(t.Context(), m.activation(license, "c"))
	refused(t, err, licenses.NoFreeToken)
	_, err = m.here.Activate(t.Context(), m.activation(other, "a"))
	refused(t, err, licenses.ClientActive)

	t.Run("a token that was given back goes to the next client", func(t *testing.T) {
		noError(t, m.here.Unassign(t.Context(), first))
		m.activate(t, license, "c")
		m.activate(t, other, "a")
		refused(t, m.there.Unassign(t.Context(), first), licenses.TokenKeyUnknown)
	})

	t.Run("what is wrong with the call", func(t *testing.T) {
		for _, test := range []struct {
			name string
			asks licenses.Activation
			want licenses.ErrorID
		}{
			{"no client", m.activation(license, ""), licenses.ClientIDMissing},
			{"unknown license", m.activation(uuid.NewString(), "x"), licenses.LicenseKeyUnknown},
			{"unknown product", licenses.Activation{ProductID: uuid.NewString(), LicenseKey: license, ClientID: "x"}, licenses.ProductUnknown},
		} {
			_, err := m.here.Activate(t.Context(), test.asks)
			if licenses.IDOf(err) != test.want {
				t.Errorf("%s: got %v, want %d", test.name, err, test.want)
			}
		}
	})

	t.Run("the object shows the token at once, for whoever asks another server", func(t *testing.T) {
		token := m.activate(t, other, "shown")
		var list v1alpha1.ActivationList
		noError(t, m.Client.List(t.Context(), &list))
		for _, object := range list.Items {
			if object.Spec.ClientID == "shown" && object.Namespace == m.Namespace && object.Status.TokenKey != token {
				t.Errorf("it shows token %q, want %s", object.Status.TokenKey, token)
			}
		}
	})
}

func TestManyClientsAtOnceGetExactlyTheTokensThereAre(t *testing.T) {
	m := newMarket(t)
	license := m.license(t, m.edition(t, "devices", devices), 7)
	calls := make([]func() error, 20)
	for i := range calls {
		server := replicas[i%2].For(m.Namespace, licenses.Caller{Name: "app"})
		calls[i] = func() error {
			_, err := server.Activate(t.Context(), m.activation(license, fmt.Sprint(i)))
			return err
		}
	}
	counts := ids(t, errorsOf(calls...))
	if counts[0] != 7 || counts[licenses.NoFreeToken] != 13 {
		t.Errorf("got %v, want 7 activated and 13 refused with %d", counts, licenses.NoFreeToken)
	}
	var list v1alpha1.ActivationList
	noError(t, m.Client.List(t.Context(), &list))
	left := 0
	for _, object := range list.Items {
		if object.Namespace == m.Namespace {
			left++
		}
	}
	if left != 7 {
		t.Errorf("%d objects are left: those of refused clients are to be deleted", left)
	}
}

func TestOneClientAtOnceOnTwoLicensesOfAProduct(t *testing.T) {
	m := newMarket(t)
	edition := m.edition(t, "devices", devices)
	one, two := m.license(t, edition, 5), m.license(t, edition, 5)
	calls := make([]func() error, 10)
	for i := range calls {
		server, license := replicas[i%2].For(m.Namespace, licenses.Caller{Name: "app"}), []string{one, two}[i/5]
		calls[i] = func() error {
			_, err := server.Activate(t.Context(), m.activation(license, "laptop"))
			return err
		}
	}
	if counts := ids(t, errorsOf(calls...)); counts[0] != 5 || counts[licenses.ClientActive] != 5 {
		t.Errorf("got %v, want one license to be activated and the other refused with %d", counts, licenses.ClientActive)
	}
}

func TestActivationOfALicenseThatDoesNotHold(t *testing.T) {
	m := newMarket(t)
	license := m.license(t, m.edition(t, "devices", devices), 5)
	token := m.activate(t, license, "a")
	must[licenses.License](t)(m.here.ToggleLicense(t.Context(), license, nil))
	_, err := m.there.Activate(t.Context(), m.activation(license, "b"))
	refused(t, err, licenses.LicenseInactive)
	must[licenses.License](t)(m.here.ToggleLicense(t.Context(), license, nil))
	past := now.Now().Add(-time.Hour)
	must[licenses.License](t)(m.here.UpdateLicense(t.Context(), license, licenses.LicenseChange{Starts: said(past.Add(-time.Hour)), Expires: said(past)}))
	_, err = m.there.Activate(t.Context(), m.activation(license, "b"))
	refused(t, err, licenses.LicenseExpired)

	info := must[licenses.LicenseInfo](t)(m.there.Heartbeat(t.Context(), licenses.Heartbeat{ProductID: m.productID, ClientID: "a", SoftwareVersion: "2.0"}))
	if info.IsValid() || !info.IsExpired() || info.TokenKey != token {
		t.Errorf("valid %t, expired %t, token %q", info.IsValid(), info.IsExpired(), info.TokenKey)
	}
	noError(t, m.here.Unassign(t.Context(), token))
}

func TestHeartbeat(t *testing.T) {
	m := newMarket(t)
	license := m.license(t, m.edition(t, "devices", devices), 5)
	token := m.activate(t, license, "a")
	beat := licenses.Heartbeat{ProductID: m.productID, ClientID: "a", SoftwareVersion: "2.1"}
	for range 2 {
		info := must[licenses.LicenseInfo](t)(m.here.Heartbeat(t.Context(), beat))
		if info.LicenseID != license || info.ClientID != "a" || info.TokenKey != token || !info.IsValid() {
			t.Fatalf("got %+v", info)
		}
	}
	var list v1alpha1.ActivationList
	noError(t, m.Client.List(t.Context(), &list))
	for _, object := range list.Items {
		if object.Namespace == m.Namespace && object.Spec.SoftwareVersion != "2.1" {
			t.Errorf("the version is %q, want what the client says it is", object.Spec.SoftwareVersion)
		}
	}
	_, err := m.here.Heartbeat(t.Context(), licenses.Heartbeat{ProductID: m.productID, ClientID: "stranger", SoftwareVersion: "1"})
	refused(t, err, licenses.ClientUnknown)
	_, err = m.here.Heartbeat(t.Context(), licenses.Heartbeat{ProductID: m.productID, ClientID: "a", TokenKey: uuid.NewString()})
	refused(t, err, licenses.ClientOfAnotherToken)
}

func TestClientThatALicenseIsMadeFor(t *testing.T) {
	m := newMarket(t)
	byToken := m.license(t, m.edition(t, "saas", "provisioningMode: Named, clientType: Users, activationOnCreation: TokenKey"), 0)
	byNumber := m.license(t, m.edition(t, "number", "provisioningMode: Named, clientType: Users, activationOnCreation: CustomerNumber"), 0)
	for license, client := range map[string]string{byToken: byToken, byNumber: m.customerID} {
		info := must[licenses.LicenseInfo](t)(m.there.Heartbeat(t.Context(), licenses.Heartbeat{ProductID: m.productID, ClientID: client, SoftwareVersion: "1"}))
		if info.LicenseID != license {
			t.Errorf("client %s is of license %s, want %s", client, info.LicenseID, license)
		}
		if info := must[licenses.LicenseInfo](t)(m.here.Activate(t.Context(), m.activation(license, client))); info.LicenseID != license {
			t.Errorf("activated %s, want %s", info.LicenseID, license)
		}
	}
}

func TestActivationDeclaredInKubernetes(t *testing.T) {
	m := newMarket(t)
	edition := m.edition(t, "devices", devices)
	license, other := m.license(t, edition, 5), m.license(t, edition, 5)
	var lineItems v1alpha1.LineItemList
	noError(t, m.Client.List(t.Context(), &lineItems))
	for _, lineItem := range lineItems.Items {
		if lineItem.Spec.LicenseID == license {
			m.Apply(t, "Activation", "server", fmt.Sprintf("{lineItemRef: {name: %s}, clientID: server, softwareVersion: '1'}", lineItem.Name))
		}
	}
	_, err := m.here.Activate(t.Context(), m.activation(other, "server"))
	refused(t, err, licenses.ClientActive)
	token := m.activate(t, license, "server")
	refused(t, m.here.Unassign(t.Context(), token), licenses.DeclaredElsewhere)
	info := must[licenses.LicenseInfo](t)(m.there.Heartbeat(t.Context(), licenses.Heartbeat{ProductID: m.productID, ClientID: "server", SoftwareVersion: "2"}))
	var object v1alpha1.Activation
	m.Get(t, "server", &object)
	if info.TokenKey != token || object.Spec.SoftwareVersion != "1" {
		t.Errorf("token %q, version %q: what Git declares stays", info.TokenKey, object.Spec.SoftwareVersion)
	}
}
