package cel

import "testing"

func TestCreateInstanceWithConditions(t *testing.T) {
	conditions := func(text string) []edit { return with(set("spec.accessConditions", text)) }
	condition := func(text string) []edit { return conditions("[{id: staff, terms: [" + text + "]}]") }
	const term = "{attribute: department, operator: In, values: [Engineering]}"
	check(t, map[string]creation{
		"a condition":                            {instance, condition(term), ""},
		"no conditions":                          {instance, conditions("[]"), ""},
		"a condition with everything":            {instance, conditions("[{id: a.b-c_1, name: Staff, operator: Or, terms: [" + term + ", {attribute: site, operator: NotIn, values: ['']}]}]"), ""},
		"as many conditions as there may be":     {instance, conditions(entries("- {id: c%d, terms: ["+term+"]}", 64)), ""},
		"too many conditions":                    {instance, conditions(entries("- {id: c%d, terms: ["+term+"]}", 65)), "Too many: 65: must have at most 64 items"},
		"two conditions of one id":               {instance, conditions("[{id: a, terms: [" + term + "]}, {id: a, terms: [" + term + "]}]"), "spec.accessConditions[1]: Duplicate value"},
		"two conditions of one name":             {instance, conditions("[{id: a, name: Staff, terms: [" + term + "]}, {id: b, name: Staff, terms: [" + term + "]}]"), ""},
		"a condition without id":                 {instance, conditions("[{terms: [" + term + "]}]"), "spec.accessConditions[0].id: Required value"},
		"a condition whose id has a slash":       {instance, conditions("[{id: a/b, terms: [" + term + "]}]"), "spec.accessConditions[0].id"},
		"a condition whose id is too long":       {instance, conditions("[{id: " + long(129) + ", terms: [" + term + "]}]"), "Too long: may not be more than 128"},
		"a condition whose name is too long":     {instance, conditions("[{id: a, name: " + long(257) + ", terms: [" + term + "]}]"), "Too long: may not be more than 256"},
		"an operator that does not exist":        {instance, conditions("[{id: a, operator: AND, terms: [" + term + "]}]"), `Unsupported value: "AND": supported values: "And", "Or"`},
		"a condition without terms":              {instance, conditions("[{id: a}]"), "spec.accessConditions[0].terms: Required value"},
		"a condition with no terms":              {instance, condition(""), "should have at least 1 items"},
		"as many terms and values as may be":     {instance, conditions("[{id: a, terms: [" + repeat("{attribute: a, operator: In, values: ["+repeat("v", 64)+"]}", 16) + "]}]"), ""},
		"too many terms":                         {instance, condition(repeat(term, 17)), "Too many: 17: must have at most 16 items"},
		"a term without attribute":               {instance, condition("{operator: In, values: [a]}"), "spec.accessConditions[0].terms[0].attribute: Required value"},
		"an attribute that is too long":          {instance, condition("{attribute: " + long(65) + ", operator: In, values: [a]}"), "Too long: may not be more than 64"},
		"a term without operator":                {instance, condition("{attribute: a, values: [a]}"), "spec.accessConditions[0].terms[0].operator: Required value"},
		"a comparison that does not exist":       {instance, condition("{attribute: a, operator: NOT, values: [a]}"), `Unsupported value: "NOT": supported values: "In", "NotIn"`},
		"a term without values":                  {instance, condition("{attribute: a, operator: In}"), "spec.accessConditions[0].terms[0].values: Required value"},
		"a term with no values":                  {instance, condition("{attribute: a, operator: In, values: []}"), "should have at least 1 items"},
		"too many values":                        {instance, condition("{attribute: a, operator: In, values: [" + repeat("v", 65) + "]}"), "Too many: 65: must have at most 64 items"},
		"a value that is too long":               {instance, condition("{attribute: a, operator: In, values: [" + long(257) + "]}"), "Too long: may not be more than 256"},
		"a value that is a number and no string": {instance, condition("{attribute: a, operator: In, values: [7]}"), "must be of type string"},
	})
}

func TestCreateLineItemWithActions(t *testing.T) {
	actions := func(text string) []edit { return with(set("spec.accessActions", text)) }
	check(t, map[string]creation{
		"an allocation":                               {lineItem, actions("[{id: a, name: Staff, conditionID: staff, action: Allow, allocation: 150}]"), ""},
		"a fractional allocation":                     {lineItem, actions(`[{id: a, conditionID: staff, action: Allow, allocation: "0.5"}]`), ""},
		"an allocation of nothing":                    {lineItem, actions("[{id: a, conditionID: staff, action: Allow, allocation: 0}]"), ""},
		"no actions":                                  {lineItem, actions("[]"), ""},
		"a default that allows":                       {lineItem, actions("[{id: a, action: Allow}]"), ""},
		"a default with an allocation":                {lineItem, actions("[{id: a, action: Allow, allocation: 5}]"), ""},
		"a denial and a default that denies":          {lineItem, actions("[{id: a, conditionID: staff, action: Deny}, {id: b, action: Deny}]"), ""},
		"as many actions as there may be":             {lineItem, actions(entries("- {id: a%d, conditionID: staff, action: Deny}", 64)), ""},
		"too many actions":                            {lineItem, actions(entries("- {id: a%d, conditionID: staff, action: Deny}", 65)), "Too many: 65: must have at most 64 items"},
		"two actions of one id":                       {lineItem, actions("[{id: a, conditionID: staff, action: Deny}, {id: a, action: Deny}]"), "each action must have an id of its own"},
		"two defaults":                                {lineItem, actions("[{id: a, action: Deny}, {id: b, action: Allow}]"), "only one action may be the default one, without conditionID"},
		"an action without id":                        {lineItem, actions("[{action: Deny}]"), "spec.accessActions[0].id: Required value"},
		"an action whose id has a slash":              {lineItem, actions("[{id: a/b, action: Deny}]"), "spec.accessActions[0].id"},
		"an action whose id is too long":              {lineItem, actions("[{id: " + long(129) + ", action: Deny}]"), "Too long: may not be more than 128"},
		"an action whose name is too long":            {lineItem, actions("[{id: a, name: " + long(257) + ", action: Deny}]"), "Too long: may not be more than 256"},
		"an action that says nothing":                 {lineItem, actions("[{id: a}]"), "spec.accessActions[0].action: Required value"},
		"an action that does not exist":               {lineItem, actions("[{id: a, action: ALLOW}]"), `Unsupported value: "ALLOW": supported values: "Allow", "Deny"`},
		"an empty condition":                          {lineItem, actions("[{id: a, conditionID: '', action: Deny}]"), "spec.accessActions[0].conditionID"},
		"no allocation":                               {lineItem, actions("[{id: a, conditionID: staff, action: Allow}]"), "action a allows and has a condition, which requires an allocation"},
		"a negative allocation":                       {lineItem, actions("[{id: a, action: Allow, allocation: -1}]"), "allocation must be between 0 and 1000000000000 tokens"},
		"a negative allocation written as a string":   {lineItem, actions(`[{id: a, action: Allow, allocation: "-0.5"}]`), "allocation must be between 0 and 1000000000000 tokens"},
		"an allocation that is too large":             {lineItem, actions("[{id: a, action: Allow, allocation: 1000000000001}]"), "allocation must be between 0 and 1000000000000 tokens"},
		"an allocation with seven digits":             {lineItem, actions(`[{id: a, action: Allow, allocation: "0.3333333"}]`), "spec.accessActions[0].allocation"},
		"an allocation of a denial, which is no harm": {lineItem, actions("[{id: a, conditionID: staff, action: Deny, allocation: 5}]"), ""},
	})
}

func TestUpdateRules(t *testing.T) {
	checkUpdates(t, map[string]change{
		"actions change places": {
			object: lineItem, before: with(set("spec.accessActions", "[{id: a, conditionID: staff, action: Deny}, {id: b, action: Allow}]")),
			edits: with(set("spec.accessActions", "[{id: b, action: Allow}, {id: a, conditionID: staff, action: Deny}]")),
		},
		"actions go": {
			object: lineItem, before: with(set("spec.accessActions", "[{id: a, action: Deny}]")), edits: with(unset("spec.accessActions")),
		},
		"a condition goes that actions may refer to": {
			object: instance, before: with(set("spec.accessConditions", "[{id: staff, terms: [{attribute: a, operator: In, values: [b]}]}]")),
			edits: with(unset("spec.accessConditions")),
		},
	})
}
