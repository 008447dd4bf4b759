package floating

import (
	"context"
	"errors"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// License names a license by its id; ids are unique within a namespace.
type License struct{ Namespace, ID string }

// Version is the store's token for compare-and-swap. The empty one is that of a register which is not stored.
type Version string

// ErrConflict reports that the stored register is not at the version. Any other error of Save leaves open whether it was
// done.
var ErrConflict = errors.New("the register was changed by another replica")

// Store keeps registers. Implementations are safe for concurrent use, and read live.
type Store interface {
	// Load reads a register; one that is not stored is empty.
	Load(ctx context.Context, license License) (licensing.FloatingRegister, Version, error)
	// Save stores the register if the stored one is at the version. It fails with ErrConflict.
	Save(ctx context.Context, license License, register licensing.FloatingRegister, version Version) error
	// Licenses lists those of a namespace that have a register.
	Licenses(ctx context.Context, namespace string) ([]License, error)
}
