package restfuzz

import (
	"encoding/json"

	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

// knownValues make requests that mean something in a world. Nil is for what is left out: it is given by the server, or
// there is another name for it.
var knownValues = map[string]any{
	"instanceId": "{instance}", "conditionId": "{condition}", "publicKey": "{publicKey}", "item": "PhotoPrint", "activationId": "{lineItem}",
	"rateTableSeries": "Apps", "series": "Apps", "start": json.Number("0"), "end": json.Number("253402300799999"), "quantity": json.Number("1000000000"),
	"overdraftType": "Number", "version": "1.0", "state": "DEPLOYED", "value": "false", "modified": nil, "created": nil,
	"id": nil, "limitation": nil, "formula": nil, "requestedVersion": nil, "used": nil, "effectiveFrom": nil,
}

// known is what is in every world.
func known(name string) (value any, is bool) {
	value, is = knownValues[name]
	return value, is
}

// sampleBody is a whole body.
func (o operation) sampleBody() any {
	body := attack.Sample(o.Body(), known)
	switch o.Described.OperationID {
	case "saveAdministrationKeys", "saveClientKeys":
		body.([]any)[0].(map[string]any)["id"] = "fuzzed"
	case "updateConditions":
		body.(map[string]any)["conditions"].([]any)[0].(map[string]any)["id"] = "{condition}"
	}
	return body
}
