package namedusers

import (
	"fmt"
	"math/big"
	"net/url"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

// license is one that the shop sold, with a product, an edition and a customer of its own.
type license struct {
	*trial
	Sale
}

// sell makes a license. What the sale leaves out is as most licenses have it: for named users, by the id of the license.
func (t *trial) sell(sale Sale) *license {
	sale.ProductID, sale.LicenseID, sale.CustomerNumber = uuid(), uuid(), "customer-"+uuid()[:8]
	if sale.EditionID == "" {
		sale.EditionID = uuid()
	}
	return t.sellAs(sale)
}

// sellAs makes a license with ids that the case has chosen.
func (t *trial) sellAs(sale Sale) *license {
	if sale.Activation == "" && sale.EditionID != "" {
		sale.Activation = "TokenKey"
	}
	if sale.Start.IsZero() {
		sale.Start = time.Date(2023, 9, 27, 0, 0, 0, 0, time.UTC)
	}
	if sale.End.IsZero() {
		sale.End = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	}
	for i := range sale.Limitations {
		if sale.Limitations[i].ID == "" {
			sale.Limitations[i].ID = uuid()
		}
	}
	err := t.run.target.Shop.Sell(t.ctx, sale)
	t.Need(err == nil, "a license is sold: %v; without that", err)
	return &license{t, sale}
}

// unit is a limitation of which users hold one unit each, or none.
func unit(name string, limit int) Limitation {
	return Limitation{Name: name, Limit: &limit, UserProvisioning: true, ResetMode: 1}
}

// counted is a limitation that is consumed and never reset.
func counted(name string, limit int) Limitation {
	return Limitation{Name: name, Limit: &limit, ResetMode: 1}
}

// limitation is the id of the one with a name.
func (l *license) limitation(name string) string {
	for _, limitation := range l.Limitations {
		if limitation.Name == name {
			return limitation.ID
		}
	}
	return name // it is an id
}

// path is one below the license.
func (l *license) path(steps ...string) string {
	return strings.Join(append([]string{"/licenses", l.LicenseID}, steps...), "/")
}

// object writes attributes, given as name and value in turn, as a JSON object. Of two with one name the later stands.
func object(attributes ...any) string {
	var names []string
	values := map[string]string{}
	for i := 0; i+1 < len(attributes); i += 2 {
		name := fmt.Sprint(attributes[i])
		if _, again := values[name]; !again {
			names = append(names, name)
		}
		values[name] = examination.Text(attributes[i+1])
	}
	for i, name := range names {
		names[i] = examination.Quote(name) + ":" + values[name]
	}
	return "{" + strings.Join(names, ",") + "}"
}

// raw is JSON as it stands.
type raw string

func (r raw) MarshalJSON() ([]byte, error) { return []byte(r), nil }

func list[T any](elements []T) raw { return raw(examination.Text(elements)) }

// value is one of a heartbeat: the limitation's name, the user unless empty, and the value.
func (l *license) value(limitation, user, value string, further ...any) raw {
	attributes := []any{"limitation_id", l.limitation(limitation), "value", raw(value)}
	if user != "" {
		attributes = append(attributes, "user_id", user)
	}
	return raw(object(append(attributes, further...)...))
}

// heartbeat is a consumption heartbeat of the client that the license is activated for.
func (l *license) heartbeat(values ...raw) request { return l.heartbeatOf(l.client(), values...) }

func (l *license) heartbeatOf(client string, values ...raw) request {
	return l.software(post, "/data_gathering/consumption_heartbeats", object("client_id", client, "consumption_heartbeat", list(values)))
}

// client is the one that the license is activated for from the beginning.
func (l *license) client() string {
	if l.Activation == "CustomerNumber" {
		return l.CustomerNumber
	}
	return l.LicenseID
}

// hb provisions a user, or asks for it.
func (l *license) hb(user, limitation string) answer {
	return l.gets(l.heartbeat(l.value(limitation, user, "1")))
}

// bu asks for the licenses of a user.
func (l *license) bu(user string) request {
	return l.software(post, "/provisioning/licenses/by_user", object("product_id", l.ProductID, "user_id", user))
}

// transaction is the one that a user holds a unit by, or null.
func (l *license) transaction(a answer, limitation string) string {
	id := l.limitation(limitation)
	for i := range a.List("0.license_limitations") {
		if at := fmt.Sprintf("0.license_limitations.%d.", i); a.String(at+"limitation_id") == id {
			return a.String(at + "current_user_transaction_id")
		}
	}
	return examination.Absent
}

// holds checks what a user holds of a limitation.
func (l *license) holds(user, limitation, want string) {
	l.Equal(fmt.Sprintf("what %s holds of %s", user, limitation), want, l.transaction(l.gets(l.bu(user)), limitation))
}

func (l *license) rollback(limitation, transaction string) request {
	return l.software(post, "/data_gathering/consumption_heartbeats/rollback", object("limitation_id", l.limitation(limitation), "transaction_id", transaction))
}

// decimal is the number at a path, without zeros that say nothing.
func (a answer) decimal(path string) string {
	said := a.At(path)
	number, ok := new(big.Rat).SetString(said)
	if !ok {
		return said
	}
	return strings.TrimSuffix(strings.TrimRight(number.FloatString(6), "0"), ".")
}

// figures are balance and remaining of an entry of an answer.
func (a answer) figures(at string) string {
	return fmt.Sprintf("balance %s, remaining %s", a.decimal(at+"balance"), a.decimal(at+"remaining"))
}

// balance is what the license says of a limitation.
func (l *license) balance(limitation string) string {
	a := l.gets(l.software(get, l.path("consumption", "balance"), ""))
	for i := range a.List("") {
		if at := fmt.Sprintf("%d.", i); a.String(at+"limitation_id") == l.limitation(limitation) {
			return a.figures(at)
		}
	}
	return "no such balance"
}

// stands checks the figures of a limitation.
func (l *license) stands(limitation, balance, remaining string) {
	l.Equal("what is used of "+limitation, fmt.Sprintf("balance %s, remaining %s", balance, remaining), l.balance(limitation))
}

func (l *license) user(method, id string, active bool, further ...any) request {
	return l.admin(method, l.path("users"), object(append([]any{"user_id", id, "name", "User " + id, "license_id", l.LicenseID, "is_active", active}, further...)...))
}

// adds adds active users.
func (l *license) adds(ids ...string) {
	for _, id := range ids {
		l.gets(l.user(post, id, true))
	}
}

// deletion deletes a user. Everything in the id is escaped.
func (l *license) deletion(id string) request {
	return l.admin(remove, l.path("users", url.PathEscape(id)), "")
}

// names are the users of a list, with what is said of each.
func (a answer) names(at string) string {
	var names []string
	for i := range a.List(at) {
		prefix := strings.TrimPrefix(fmt.Sprintf("%s.%d.", at, i), ".")
		names = append(names, fmt.Sprintf("%s %s", a.String(prefix+"user_id"), a.At(prefix+"is_active")))
	}
	return strings.Join(names, ", ")
}
