package accesskey

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/internal/authentication/publickey"
)

// Input is everything that the status of an access key is computed from.
type Input struct {
	Object *v1alpha1.AccessKey
	// Key is what publicKey holds, unless Problem says why it holds none.
	Key     publickey.Key
	Problem error
	// StandingKey names the older object with the same access and id; empty when this one stands.
	StandingKey string
	Now         time.Time
}

// Status is the whole status of an access key.
func Status(in Input) v1alpha1.AccessKeyStatus {
	result := v1alpha1.AccessKeyStatus{ObservedGeneration: in.Object.Generation, Conditions: in.conditions()}
	if in.Problem == nil {
		result.Algorithm, result.Fingerprint = string(in.Key.Algorithm), in.Key.Fingerprint
		result.Signatures = in.Key.Algorithm.Signatures()
	}
	return result
}

func (in Input) conditions() []metav1.Condition {
	spec := in.Object.Spec
	conditions := status.NewConditions(in.Object.Status.Conditions, in.Object.Generation, in.Now)
	switch {
	case in.StandingKey != "":
		conditions.Stalled(v1alpha1.ReasonDuplicateID, fmt.Sprintf(
			"access key %s, which is older, is %s key %s already, and no token is verified with this one: delete it, or create it with another keyID",
			in.StandingKey, spec.Access, spec.KeyID))
	case in.Problem != nil:
		conditions.Stalled(v1alpha1.ReasonInvalidPublicKey, "spec.publicKey: "+in.Problem.Error())
	default:
		conditions.Ready(v1alpha1.ReasonReconciled, fmt.Sprintf("tokens for %s signed with %s are verified with it: %s",
			holders(spec.Access), strings.Join(in.Key.Algorithm.Signatures(), " or "), in.kind()))
	}
	return conditions.List()
}

// kind is what people call the key by: only RSA keys come in more than one size.
func (in Input) kind() string {
	if in.Key.Algorithm == publickey.RSA {
		return fmt.Sprintf("RSA of %d bits", in.Key.Bits)
	}
	return string(in.Key.Algorithm)
}

func holders(access v1alpha1.AccessKind) string {
	if access == v1alpha1.AccessAdministration {
		return "administration"
	}
	return "clients"
}
