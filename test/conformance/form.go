package conformance

import (
	"strings"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

// form is one of the forms in which the API is published.
type form struct {
	version string
	// prefix is that of the published base URL, floating the alternative server of the session calls.
	prefix, floating string
}

// The forms in which vectors are told: as the source document has them, and as the newer reference has them.
var (
	v10 = form{version: "v1.0", prefix: "/dynamicmonetization", floating: "/floating"}
	v11 = form{version: "v1.1"}
)

var bothForms = []form{v10, v11}

func (f form) String() string {
	text := f.version
	if f.prefix != "" {
		text += " " + f.prefix
	}
	if f.floating != "" {
		text += " " + f.floating
	}
	return text
}

func (f form) is10() bool { return f.version == "v1.0" }

func (f form) provisioning(segments ...string) string {
	return f.prefix + "/provisioning/api/" + f.version + "/" + strings.Join(segments, "/")
}

func (f form) elastic(instance string) string {
	return f.prefix + "/elastic/api/" + f.version + "/instances/" + instance + "/access-request"
}

// sessions are the session calls, rules those of the rules of access.
func (f form) sessions(segments ...string) string {
	return strings.Join(append([]string{f.prefix + f.floating + "/api/" + f.version + "/sessions"}, segments...), "/")
}

func (f form) rules(instance string, segments ...string) string {
	return strings.Join(append([]string{f.prefix + "/api/" + f.version + "/instances/" + instance}, segments...), "/")
}

// The statuses of an item.
const (
	granted       = "101"
	notCharged    = "102"
	notPriced     = "201"
	notEnough     = "202"
	noUsable      = "203"
	notComputable = "204"
	denied        = "205"
)

// code is the status of an item as JSON has it: v1.1 writes four digits.
func (f form) code(status string) string {
	if f.is10() {
		return examination.Quote(status)
	}
	return examination.Quote(map[string]string{
		granted: "1101", notCharged: "1102", notPriced: "1201", notEnough: "1202", noUsable: "1203", notComputable: "1204", denied: "1205",
	}[status])
}
