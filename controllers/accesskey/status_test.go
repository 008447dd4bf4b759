package accesskey

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/authentication/publickey"
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func object(access v1alpha1.AccessKind) *v1alpha1.AccessKey {
	return &v1alpha1.AccessKey{
		ObjectMeta: metav1.ObjectMeta{Name: "acme-1", Generation: 3},
		Spec:       v1alpha1.AccessKeySpec{KeyID: "acme", Access: access},
	}
}

func TestStatus(t *testing.T) {
	const sum = "sha256:0f"
	_, notPEM := publickey.Parse("ACME")
	for name, test := range map[string]struct {
		in         Input
		status     v1alpha1.AccessKeyStatus
		conditions []string
	}{
		"a key for administration": {
			Input{Object: object(v1alpha1.AccessAdministration), Key: publickey.Key{Algorithm: publickey.RSA, Bits: 3072, Fingerprint: sum}},
			v1alpha1.AccessKeyStatus{Algorithm: "RSA", Signatures: []string{"RS256", "PS256"}, Fingerprint: sum},
			[]string{"Ready=True Reconciled tokens for administration signed with RS256 or PS256 are verified with it: RSA of 3072 bits"},
		},
		"a key for clients": {
			Input{Object: object(v1alpha1.AccessClient), Key: publickey.Key{Algorithm: publickey.Ed25519, Bits: 256, Fingerprint: sum}},
			v1alpha1.AccessKeyStatus{Algorithm: "Ed25519", Signatures: []string{"EdDSA"}, Fingerprint: sum},
			[]string{"Ready=True Reconciled tokens for clients signed with EdDSA are verified with it: Ed25519"},
		},
		"text that is no key is named with its field": {
			Input{Object: object(v1alpha1.AccessClient), Problem: notPEM},
			v1alpha1.AccessKeyStatus{},
			[]string{
				"Ready=False InvalidPublicKey spec.publicKey: it is not PEM: it must begin with -----BEGIN PUBLIC KEY-----",
				"Stalled=True InvalidPublicKey spec.publicKey: it is not PEM: it must begin with -----BEGIN PUBLIC KEY-----",
			},
		},
		"of two keys with one id the older stands, and the other is still described": {
			Input{Object: object(v1alpha1.AccessClient), Key: publickey.Key{Algorithm: publickey.P256, Bits: 256, Fingerprint: sum}, StandingKey: "acme-0"},
			v1alpha1.AccessKeyStatus{Algorithm: "P-256", Signatures: []string{"ES256"}, Fingerprint: sum},
			[]string{
				"Ready=False DuplicateID access key acme-0, which is older, is Client key acme already, and no token is verified with this one: delete it, or create it with another keyID",
				"Stalled=True DuplicateID access key acme-0, which is older, is Client key acme already, and no token is verified with this one: delete it, or create it with another keyID",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.in.Now = now
			got := Status(test.in)
			var conditions []string
			for _, c := range got.Conditions {
				conditions = append(conditions, fmt.Sprintf("%s=%s %s %s", c.Type, c.Status, c.Reason, c.Message))
			}
			if diff := cmp.Diff(test.conditions, conditions); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
			got.Conditions, test.status.ObservedGeneration = nil, 3
			if diff := cmp.Diff(test.status, got); diff != "" {
				t.Errorf("status (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStatusIsTheSameWhenNothingChanged(t *testing.T) {
	in := Input{Object: object(v1alpha1.AccessClient), Key: publickey.Key{Algorithm: publickey.P256}, Now: now}
	in.Object.Status = Status(in)
	in.Now = in.Now.Add(time.Hour)
	if diff := cmp.Diff(in.Object.Status, Status(in)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}
