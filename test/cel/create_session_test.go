package cel

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const (
	uuid      = "0b4f5f7e-1c22-4e0b-9a53-0d8f4f7c6a11"
	otherUUID = "6d1f0c5a-93de-4b7e-8a40-5b2a9d3e7c22"
)

// identified gives the session a name and an id.
func identified(name, id string) edit {
	return func(t *testing.T, o *unstructured.Unstructured) {
		t.Helper()
		o.SetName(name)
		set("spec.sessionID", id)(t, o)
	}
}

func TestCreateSession(t *testing.T) {
	items := func(text string) []edit { return with(set("spec.requestedItems", text)) }
	const positive = "count must be more than 0 and at most 1000000000000"
	check(t, map[string]creation{
		"a session":                                   {object: session},
		"a session that declares nothing":             {session, with(unset("spec.requestedItems")), ""},
		"a session that halts":                        {session, items("[]"), ""},
		"an instance of another namespace":            {session, with(set("spec.instanceRef.namespace", "producer")), ""},
		"no instance":                                 {session, with(unset("spec.instanceRef")), "spec.instanceRef: Required value"},
		"an instance whose name is too long":          {session, with(set("spec.instanceRef.name", long(64))), "Too long: may not be more than 63"},
		"a namespace whose name is too long":          {session, with(set("spec.instanceRef.namespace", long(64))), "Too long: may not be more than 63"},
		"no requester":                                {session, with(unset("spec.requester")), "requester is required with requestedItems: say on whose behalf they are claimed"},
		"no requester, to halt":                       {session, with(unset("spec.requester"), set("spec.requestedItems", "[]")), "requester is required with requestedItems"},
		"no requester where nothing is declared":      {session, with(unset("spec.requester"), unset("spec.requestedItems")), ""},
		"an id":                                       {session, with(identified(uuid, uuid)), ""},
		"an id that is not the name":                  {session, with(identified("mine", uuid)), "spec.sessionID is " + uuid + ", the name of the object mine: they must be the same"},
		"an id in upper case":                         {session, with(identified("mine", strings.ToUpper(uuid))), "spec.sessionID"},
		"an id that is no UUID":                       {session, with(identified("mine", "mine")), "spec.sessionID"},
		"a requester without type":                    {session, with(unset("spec.requester.type")), "spec.requester.type: Required value"},
		"a requester without value":                   {session, with(unset("spec.requester.value")), "spec.requester.value: Required value"},
		"a requester whose type is too long":          {session, with(set("spec.requester.type", long(65))), "Too long: may not be more than 64"},
		"a requester whose value is too long":         {session, with(set("spec.requester.value", long(257))), "Too long: may not be more than 256"},
		"a full dictionary":                           {session, with(set("spec.requester.dictionary", entries("k%d: v", 32))), ""},
		"a dictionary that is too large":              {session, with(set("spec.requester.dictionary", entries("k%d: v", 33))), "must have at most 32"},
		"a dictionary with a long key":                {session, with(set("spec.requester.dictionary", long(65)+": v")), "dictionary keys must have 1 to 64 characters and values at most 256"},
		"a dictionary with a long value":              {session, with(set("spec.requester.dictionary", "k: "+long(257))), "dictionary keys must have 1 to 64 characters and values at most 256"},
		"as many items as there may be":               {session, items(entries("- {item: i%d, count: 1}", 64)), ""},
		"too many items":                              {session, items(entries("- {item: i%d, count: 1}", 65)), "Too many: 65: must have at most 64 items"},
		"an item in two versions":                     {session, items("[{item: a, version: '1', count: 1}, {item: a, version: '2', count: 1}, {item: a, count: 1}]"), ""},
		"an item twice":                               {session, items("[{item: a, version: '1', count: 1}, {item: a, version: '1', count: 2}]"), "requestedItems must list each item and version once: ask for more with count"},
		"an item twice without version":               {session, items("[{item: a, count: 1}, {item: a, count: 2}]"), "requestedItems must list each item and version once"},
		"an item without name":                        {session, items("[{count: 1}]"), "spec.requestedItems[0].item: Required value"},
		"an item whose name is too long":              {session, items("[{item: " + long(129) + ", count: 1}]"), "Too long: may not be more than 128"},
		"a version that is too long":                  {session, items("[{item: a, version: " + long(65) + ", count: 1}]"), "Too long: may not be more than 64"},
		"an item without count":                       {session, items("[{item: a}]"), "spec.requestedItems[0].count: Required value"},
		"a count of zero":                             {session, items("[{item: a, count: 0}]"), positive},
		"a count of zero with digits":                 {session, items(`[{item: a, count: "0.000"}]`), positive},
		"a negative count":                            {session, items("[{item: a, count: -1}]"), positive},
		"a negative count in a string":                {session, items(`[{item: a, count: "-0.1"}]`), positive},
		"a count that is too large":                   {session, items("[{item: a, count: 1000000000001}]"), positive},
		"the smallest count":                          {session, items(`[{item: a, count: "0.000001"}]`), ""},
		"a count below the smallest":                  {session, items(`[{item: a, count: "0.0000001"}]`), "spec.requestedItems[0].count"},
		"variables":                                   {session, items(`[{item: a, count: 1, variables: {basePrice: "-0.5", quantity: 2}}]`), ""},
		"too many variables":                          {session, items("- item: a\n  count: 1\n  variables: {" + entries("k%d: 1,", 33) + "}"), "must have at most 32"},
		"a variable whose name is too long":           {session, items("[{item: a, count: 1, variables: {" + long(65) + ": 1}}]"), "names of variables must have 1 to 64 characters"},
		"a variable that is no number":                {session, items("[{item: a, count: 1, variables: {k: many}}]"), "variables"},
		"metaData of any shape":                       {session, items("[{item: a, count: 1, metaData: {job: {pages: [1, 2.5, null]}}}]"), ""},
		"metaData that is no object":                  {session, items("[{item: a, count: 1, metaData: text}]"), "spec.requestedItems[0].metaData"},
		"rollbackOnDeny off":                          {session, with(set("spec.rollbackOnDeny", "false")), ""},
		"an attempt":                                  {session, with(set("spec.attempt", "1")), ""},
		"a negative attempt":                          {session, with(set("spec.attempt", "-1")), "should be greater than or equal to 0"},
		"a heartbeat by the second":                   {session, with(set("spec.heartbeatTime", `"2026-11-21T14:44:12Z"`)), ""},
		"a heartbeat by the microsecond":              {session, with(set("spec.heartbeatTime", `"2026-11-21T14:44:12.250000Z"`)), ""},
		"a heartbeat that not every client can parse": {session, with(set("spec.heartbeatTime", `"2026-11-21t14:44:12z"`)), "spec.heartbeatTime"},
	})
}
