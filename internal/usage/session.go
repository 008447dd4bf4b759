package usage

import (
	"slices"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// Session is the id by which clients know the session that the record is about; empty if it is about none. A session made over REST
// has the id as its name, a UUID. Any other name says nothing: sessions of other namespaces and later ones may have it too, and clients
// know those sessions by their UIDs.
func (r Record) Session() string {
	switch {
	case r.SubjectKind != string(ledger.SessionSubject):
		return ""
	case IsID(r.SubjectName):
		return r.SubjectName
	}
	return r.SubjectUID
}

// SessionNames are those of the ids of sessions that their objects may be named by. Any of the ids may be a UID.
func SessionNames(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !IsID(id) })
}

// IsID tells whether the name is a UUID as Kubernetes writes it.
func IsID(name string) bool {
	parsed, err := uuid.Parse(name)
	return err == nil && parsed.String() == name
}
