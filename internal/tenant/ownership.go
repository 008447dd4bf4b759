package tenant

import (
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/internal/declaration"
)

// mustBeOurs refuses to take away an object whose spec somebody else declares.
func mustBeOurs(what string, object client.Object) error {
	others := declaration.Declarers(object, "f:spec")
	if len(others) == 0 {
		return nil
	}
	return refuse(DeclaredElsewhere, "%s is declared by %s in Kubernetes (%s/%s): delete it there", what, strings.Join(others, ", "), object.GetNamespace(), object.GetName())
}
