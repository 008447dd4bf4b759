package restv2

// operation says who may make a call.
type operation struct {
	by audience
	// What RBAC is asked about: a resource of group licensing-operator.dev, or resource/subresource.
	resource, verb string
}

// audience says which keys a call is open to. ServiceAccounts are let in by RBAC.
type audience int

const (
	// producers have an AdminKey or a token for administration.
	producers audience = iota
	// software has a ProvisioningKey.
	software
)

// operations has every call, by the operationId of the API description. What software may do has resources and verbs that
// nothing else has, so that a role which admits to the one does not admit to the other.
var operations = map[string]operation{
	"getLicensesByUser":            {software, "licenses", "get"},
	"getLicensesByCustomer":        {software, "licenses", "get"},
	"getLicensesByLicense":         {software, "licenses", "get"},
	"getLicense":                   {software, "licenses", "get"},
	"validateLicense":              {software, "licenses", "get"},
	"toggleLicenseState":           {software, "licenses/state", "update"},
	"activateLicense":              {software, "licenses/activations", "create"},
	"addHeartbeat":                 {software, "licenses/activations", "update"},
	"unassignToken":                {software, "licenses/activations", "delete"},
	"openSession":                  {software, "licenses/sessions", "create"},
	"closeSession":                 {software, "licenses/sessions", "delete"},
	"countActiveFloatingTokens":    {software, "licenses/sessions", "get"},
	"addConsumptionHeartbeats":     {software, "licenses/consumption", "create"},
	"rollbackConsumptionHeartbeat": {software, "licenses/consumption", "delete"},
	"validateConsumption":          {software, "licenses/consumption", "get"},
	"getConsumptionBalance":        {software, "licenses/consumption", "get"},

	"listLicenses":                   {producers, "licenses", "list"},
	"createLicense":                  {producers, "licenses", "create"},
	"updateLicense":                  {producers, "licenses", "update"},
	"updateLicenseById":              {producers, "licenses", "update"},
	"toggleLicense":                  {producers, "licenses", "update"},
	"deleteLicense":                  {producers, "licenses", "delete"},
	"validateLicensesExpirationDate": {producers, "licenses", "update"},

	"listConsumptionHeartbeats":     {producers, "licenses/consumption", "list"},
	"resetConsumptionBalance":       {producers, "licenses/consumption", "update"},
	"recalculateConsumptionBalance": {producers, "licenses/consumption", "update"},
	"updateConsumptionBalances":     {producers, "licenses/consumption", "update"},

	"listOpenSessions":       {producers, "licenses/sessions", "list"},
	"closeOpenSessions":      {producers, "licenses/sessions", "deletecollection"},
	"deleteInactiveSessions": {producers, "licenses/sessions", "deletecollection"},

	"listLicenseUsers":       {producers, "licenses/users", "list"},
	"addLicenseUser":         {producers, "licenses/users", "create"},
	"updateLicenseUser":      {producers, "licenses/users", "update"},
	"deleteLicenseUser":      {producers, "licenses/users", "delete"},
	"bulkDeleteLicenseUsers": {producers, "licenses/users", "delete"},

	"listLicenseUserGroups":  {producers, "licenses/usergroups", "list"},
	"addLicenseUserGroup":    {producers, "licenses/usergroups", "create"},
	"updateLicenseUserGroup": {producers, "licenses/usergroups", "update"},
	"deleteLicenseUserGroup": {producers, "licenses/usergroups", "delete"},

	"listTemplates":      {producers, "editions", "list"},
	"getTemplate":        {producers, "editions", "get"},
	"createTemplate":     {producers, "editions", "create"},
	"cloneTemplate":      {producers, "editions", "create"},
	"updateTemplate":     {producers, "editions", "update"},
	"updateTemplateById": {producers, "editions", "update"},
	"deleteTemplate":     {producers, "editions", "delete"},

	"listProductLimitations":      {producers, "products/limitations", "list"},
	"getProductLimitation":        {producers, "products/limitations", "get"},
	"createProductLimitation":     {producers, "products/limitations", "create"},
	"updateProductLimitation":     {producers, "products/limitations", "update"},
	"updateProductLimitationById": {producers, "products/limitations", "update"},
	"deleteProductLimitation":     {producers, "products/limitations", "delete"},
}
