package tenantconfiguration

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/signing"
)

var (
	now      = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	defaults = kubestore.Settings{Terms: licensing.Terms{Period: time.Hour, HeartbeatWindow: 30 * time.Minute, HeartbeatGrace: 10 * time.Second}}
)

func input(defaults kubestore.Settings, spec v1alpha1.TenantConfigurationSpec) Input {
	in := Input{Object: &v1alpha1.TenantConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "default", Generation: 2}, Spec: spec}, Now: now}
	in.Settings, in.Problem = defaults.Decided(spec)
	return in
}

func TestStatus(t *testing.T) {
	tolerant := defaults
	tolerant.TimezoneTolerant = true
	development := kubestore.Settings{Terms: licensing.Terms{Period: 5 * time.Second, HeartbeatWindow: 2500 * time.Millisecond}}
	for name, test := range map[string]struct {
		in         Input
		want       string
		conditions []string
	}{
		"who decides nothing has what the operator's configuration says": {
			input(defaults, v1alpha1.TenantConfigurationSpec{}), "1h 30m false",
			[]string{"Ready=True Reconciled the next charge of a session is for 1h, and line items are usable from their start until their end"},
		},
		"a period and tolerance of its own": {
			input(defaults, v1alpha1.TenantConfigurationSpec{TimezoneTolerant: new(true), SessionChargePeriod: "90m"}), "1h30m 45m true",
			[]string{"Ready=True Reconciled the next charge of a session is for 1h30m, and line items are usable from 12 hours before their start until 12 hours after their end"},
		},
		"false is a decision too": {
			input(tolerant, v1alpha1.TenantConfigurationSpec{TimezoneTolerant: new(false)}), "1h 30m false",
			[]string{"Ready=True Reconciled the next charge of a session is for 1h, and line items are usable from their start until their end"},
		},
		"a period of development": {
			input(development, v1alpha1.TenantConfigurationSpec{}), "5s 2.5s false",
			[]string{"Ready=True Reconciled the next charge of a session is for 5s, and line items are usable from their start until their end"},
		},
		"a decision that is not possible is left out, the others hold": {
			input(defaults, v1alpha1.TenantConfigurationSpec{TimezoneTolerant: new(true), SessionChargePeriod: "9m"}), "1h 30m true",
			[]string{
				"Ready=False InvalidSpec spec.sessionChargePeriod: 9m is not possible: whole minutes from 10m to 24h are; in effect: " +
					"the next charge of a session is for 1h, and line items are usable from 12 hours before their start until 12 hours after their end",
				"Stalled=True InvalidSpec spec.sessionChargePeriod: 9m is not possible: whole minutes from 10m to 24h are; in effect: " +
					"the next charge of a session is for 1h, and line items are usable from 12 hours before their start until 12 hours after their end",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := Status(test.in)
			if in := fmt.Sprint(got.SessionChargePeriod, " ", got.HeartbeatWindow, " ", *got.TimezoneTolerant); in != test.want {
				t.Errorf("in effect: %s, want %s", in, test.want)
			}
			var conditions []string
			for _, c := range got.Conditions {
				conditions = append(conditions, fmt.Sprintf("%s=%s %s %s", c.Type, c.Status, c.Reason, c.Message))
			}
			if diff := cmp.Diff(test.conditions, conditions); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStatusIsTheSameWhenNothingChanged(t *testing.T) {
	in := input(defaults, v1alpha1.TenantConfigurationSpec{})
	in.Object.Status = Status(in)
	in.Now = in.Now.Add(time.Hour)
	if diff := cmp.Diff(in.Object.Status, Status(in)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

// inOperatorNamespace is a cluster that holds one Secret.
type inOperatorNamespace struct {
	client.Client

	secret *corev1.Secret
}

func (c inOperatorNamespace) Get(_ context.Context, key client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	if c.secret == nil || key != client.ObjectKeyFromObject(c.secret) {
		return apierrors.NewNotFound(schema.GroupResource{Resource: "secrets"}, key.Name)
	}
	c.secret.DeepCopyInto(object.(*corev1.Secret))
	return nil
}

// ring is what a Secret with these entries holds.
func ring(t *testing.T, data map[string][]byte) *signing.Ring {
	t.Helper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "operator", Name: signing.SecretName("acme")}, Data: data}
	keys := signing.New(signing.Options{Namespace: "operator", Cached: inOperatorNamespace{secret: secret}, Clock: clocktesting.NewFakePassiveClock(now)})
	read, err := keys.Ring(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func TestStatusOfIdentityAndSignature(t *testing.T) {
	const id, uid = "0c7b1a52-6c0f-4f36-9d13-9d6c1a3fd0e5", "9b1a3f60-2b53-4c0b-9a0e-1d0e7c1f2a34"
	shared := []byte("0123456789abcdef")
	several := map[string][]byte{}
	for i := range 20 {
		several[fmt.Sprintf("key-%02d.hmac", i)] = shared
	}
	several["own.hmac"] = shared
	wanted := v1alpha1.TenantConfigurationSpec{VendorID: id}
	for name, test := range map[string]struct {
		spec  v1alpha1.TenantConfigurationSpec
		taken bool
		keys  map[string][]byte
		// The keys in the status, * is current, ! has a problem.
		want, ready string
	}{
		"the first key signs": {
			wanted, false, map[string][]byte{"key-1.hmac": shared, "a.hmac": shared}, "key-1* a",
			"Reconciled the next charge of a session is for 1h, and line items are usable from their start until their end",
		},
		"another key signs": {
			v1alpha1.TenantConfigurationSpec{SigningKey: "own"}, false, map[string][]byte{"key-1.hmac": shared, "own.hmac": shared}, "own* key-1",
			"Reconciled the next charge of a session is for 1h, and line items are usable from their start until their end",
		},
		"the key that signs is missing": {
			v1alpha1.TenantConfigurationSpec{SigningKey: "own"}, false, map[string][]byte{"key-1.hmac": shared}, "key-1",
			"SigningKeyUnusable calls of the v2 REST interface are answered 503: there is no signing key own: there is key-1",
		},
		"the key that signs cannot": {
			wanted, false, map[string][]byte{"key-1.hmac": shared[:4]}, "key-1*!",
			"SigningKeyUnusable calls of the v2 REST interface are answered 503: the signing key key-1 cannot be used: key-1.hmac has 4 bytes: a shared key has at least 16",
		},
		"a key that does not sign may be as it is": {
			wanted, false, map[string][]byte{"key-1.hmac": shared, "key-2.pem": nil}, "key-1* key-2!",
			"Reconciled the next charge of a session is for 1h, and line items are usable from their start until their end",
		},
		"of many keys the current one is shown": {
			v1alpha1.TenantConfigurationSpec{SigningKey: "own"}, false, several,
			"own* key-00 key-01 key-02 key-03 key-04 key-05 key-06 key-07 key-08 key-09 key-10 key-11 key-12 key-13 key-14",
			"Reconciled the next charge of a session is for 1h, and line items are usable from their start until their end",
		},
		"another producer has the id": {
			wanted, true, map[string][]byte{"key-1.hmac": shared}, "key-1*",
			"DuplicateID spec.vendorID: another producer has " + id + " already, take another one; until then it is " + uid,
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := input(defaults, test.spec)
			in.VendorID, in.VendorIDTaken, in.Keys = uid, test.taken, ring(t, test.keys)
			got := Status(in)
			var keys []string
			for _, key := range got.SigningKeys {
				text := key.Name
				if *key.Current {
					text += "*"
				}
				if key.Problem != "" {
					text += "!"
				}
				keys = append(keys, text)
			}
			if diff := cmp.Diff(test.want, strings.Join(keys, " ")); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
			ready := got.Conditions[0]
			if diff := cmp.Diff(test.ready, ready.Reason+" "+ready.Message); diff != "" || got.VendorID != uid {
				t.Errorf("vendorID %s, condition (-want +got):\n%s", got.VendorID, diff)
			}
		})
	}
}
