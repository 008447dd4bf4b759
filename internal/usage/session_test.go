package usage

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	restID = "5f0c2c9e-7f5d-4c0e-8a57-0c8f3a5d9b10"
	uid    = "9b1a3f60-2b53-4c0b-9a0e-1d0e7c1f2a34"
)

func TestASessionIsKnownByItsIDAndNotByAnyName(t *testing.T) {
	for _, test := range []struct{ kind, name, want string }{
		{"Session", restID, restID},
		{"Session", "render", uid},
		{"Session", "render." + restID, uid},
		{"Session", "5F0C2C9E-7F5D-4C0E-8A57-0C8F3A5D9B10", uid},
		{"Session", "5f0c2c9e7f5d4c0e8a570c8f3a5d9b10", uid},
		{"UserProvisioning", restID, ""},
		{"", "", ""},
	} {
		if got := (Record{SubjectKind: test.kind, SubjectName: test.name, SubjectUID: uid}).Session(); got != test.want {
			t.Errorf("%s %s: got %q, want %q", test.kind, test.name, got, test.want)
		}
	}
	if diff := cmp.Diff([]string{restID, uid}, SessionNames([]string{"render", restID, "", uid, "{" + uid + "}"})); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}
