package authorization

// operation says who may make a call.
type operation struct {
	by audience
	at place
	// What RBAC is asked about: a resource of group licensing-operator.dev, or resource/subresource.
	resource, verb string
}

// audience says which tokens a call is open to, beside those of ServiceAccounts.
type audience int

const (
	producers audience = iota
	clients
)

// place is where a call says which instance it is about.
type place int

const (
	// nowhere: it is about the tenant as a whole.
	nowhere place = iota
	inPath
	// The rest are calls about sessions. Clients name the instance in x-instance-id; the query or the body repeats it, or
	// the path names a session, which is on an instance.
	inQuery
	inBody
	ofSession
)

// aboutSessions tells the calls that take x-instance-id.
func (p place) aboutSessions() bool { return p >= inQuery }

// operations has every call, by the operationId of the API description.
var operations = map[string]operation{
	"createRateTable": {producers, nowhere, "ratetables", "create"},
	"listRateTables":  {producers, nowhere, "ratetables", "list"},
	"deleteRateTable": {producers, nowhere, "ratetables", "delete"},

	"listInstances":  {producers, nowhere, "instances", "list"},
	"createInstance": {producers, nowhere, "instances", "create"},
	"getInstance":    {producers, inPath, "instances", "get"},

	"listLineItems":  {clients, inPath, "instances/lineitems", "list"},
	"getLineItem":    {clients, inPath, "instances/lineitems", "get"},
	"putLineItem":    {producers, inPath, "instances/lineitems", "update"},
	"deleteLineItem": {producers, inPath, "instances/lineitems", "delete"},

	"requestAccess": {clients, inPath, "instances/accessrequests", "create"},

	"createSession":        {clients, inBody, "instances/sessions", "create"},
	"listSessions":         {clients, inQuery, "instances/sessions", "list"},
	"getSession":           {clients, ofSession, "instances/sessions", "get"},
	"requestSessionAccess": {clients, ofSession, "instances/sessions", "update"},
	"sendHeartbeat":        {clients, ofSession, "instances/sessions", "update"},
	"closeSession":         {clients, ofSession, "instances/sessions", "delete"},

	"getConfiguration":    {producers, nowhere, configurations, "get"},
	"changeConfiguration": {producers, nowhere, configurations, "patch"},

	"saveAdministrationKeys":  {producers, nowhere, "accesskeys", "create"},
	"deleteAdministrationKey": {producers, nowhere, "accesskeys", "delete"},
	"saveClientKeys":          {producers, nowhere, "accesskeys", "create"},
	"deleteClientKey":         {producers, nowhere, "accesskeys", "delete"},
	"listPublicKeys":          {producers, nowhere, "accesskeys", "list"},

	"listConditions":   {clients, inPath, "instances/conditions", "list"},
	"createConditions": {clients, inPath, "instances/conditions", "create"},
	"updateConditions": {clients, inPath, "instances/conditions", "update"},
	"deleteConditions": {clients, inPath, "instances/conditions", "delete"},
	"deleteCondition":  {clients, inPath, "instances/conditions", "delete"},

	"createActions":  {clients, inPath, "instances/actions", "create"},
	"getActions":     {clients, inPath, "instances/actions", "list"},
	"listActions":    {clients, inPath, "instances/actions", "list"},
	"replaceActions": {clients, inPath, "instances/actions", "update"},
	"deleteActions":  {clients, inPath, "instances/actions", "delete"},
}

// configurations are singletons, so that a role can name the one there is.
const (
	configurations    = "tenantconfigurations"
	configurationName = "default"
)

// getSession takes the id of an instance too, and then does what listSessions does.
const (
	getSession   = "getSession"
	listSessions = "listSessions"
)
