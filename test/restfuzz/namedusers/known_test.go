package namedusers

import (
	"strings"

	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

// of gives what means something to the license. Wild takes what belongs to others, and what nobody has, at times.
func (a *attacker) of(l *license, o *attack.Operation, wild bool) attack.Known {
	return func(name string) (any, bool) {
		id := o.Described.OperationID
		if value, is := usual[name]; is && id != "unassignToken" {
			return value, true
		}
		if name == "id" {
			name = idOfWhat[id]
		}
		values := l.values[name]
		if wild {
			switch a.IntN(8) {
			case 0:
				values = pick(a, a.kit).values[name]
			case 1:
				values = nil
			default:
			}
		}
		switch {
		case name == "user_id" && id == "addLicenseUser":
			return "new-" + a.uuid(), true
		case len(values) > 0 && wild:
			return pick(a, values), true
		case name == "limitation_id" && id == "resetConsumptionBalance":
			return l.Limitations[counted].ID, true // what users hold is never reset
		case len(values) > 0 && strings.HasPrefix(id, "delete"):
			return values[len(values)-1], true // nobody else needs it
		case len(values) > 0:
			return values[0], true
		case name == "", name == "license_user_group_id":
			return nil, true
		case isID[name]:
			return a.uuid(), true
		}
		return nil, false
	}
}

// usual are values that most requests have. Nil leaves out what most licenses cannot have.
var usual = map[string]any{
	"is_active": true, "external_id": nil, "heartbeat_type_id": nil, "group_id": nil, "timestamp_utc": nil, "token_key": nil, "goodwill": nil,
	"expiration_mode": nil, "start_date_utc": nil, "expiration_date_utc": nil, "floating_token_limit": nil, "consumption_reset_mode": nil,
	"consumption_reset_period_days": nil, "provisioning_mode": nil, "client_type": nil, "activation_upon_license_creation": nil, "session_period": nil,
	"max_floating_sessions_with_same_client_id": nil, "enforce_floating_limit": nil, "user_provisioning": nil, "enforce_limit": nil, "is_adjustable": nil,
	"token_limit": 5, "user_limit": 20,
}

// isID has the attributes that are UUIDs of something.
var isID = map[string]bool{
	"license_id": true, "product_id": true, "template_id": true, "limitation_id": true, "customer_id": true, "transaction_id": true,
	"session_id": true, "user_group_id": true, "token_key": true,
}

// idOfWhat is the attribute elsewhere that has the same values as the id in a body. What is made new has an id that nobody
// gives it.
var idOfWhat = map[string]string{
	"updateLicense": "license_id", "updateLicenseById": "license_id", "updateTemplate": "template_id", "updateTemplateById": "template_id",
	"updateProductLimitation": "limitation_id", "updateProductLimitationById": "limitation_id", "updateLicenseUserGroup": "user_group_id",
}
