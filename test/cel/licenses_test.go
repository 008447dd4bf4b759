package cel

import "testing"

const (
	productUUID = "ab518c08-c871-4fa3-8497-e1ed1c27a34f"
	editionUUID = "cea1b708-4793-4f47-95f6-13d7ff133483"
)

func TestCreateProduct(t *testing.T) {
	check(t, map[string]creation{
		"a product":                           {object: product},
		"one without limitations":             {product, with(unset("spec.limitations")), ""},
		"an id of its own":                    {product, with(set("spec.productID", productUUID)), ""},
		"an id that is no UUID":               {product, with(set("spec.productID", "suite")), "spec.productID"},
		"an id in capitals":                   {product, with(set("spec.productID", "AB518C08-C871-4FA3-8497-E1ED1C27A34F")), "spec.productID"},
		"no name for people":                  {product, with(unset("spec.displayName")), "spec.displayName: Required value"},
		"a name that is too long":             {product, with(set("spec.displayName", long(257))), "Too long: may not be more than 256"},
		"two limitations of one id":           {product, with(set("spec.limitations.1.id", "api")), "spec.limitations[1]: Duplicate value"},
		"a limitation without name":           {product, with(unset("spec.limitations.0.name")), "spec.limitations[0].name: Required value"},
		"a limitation that every license has": {product, with(set("spec.limitations.0.id", `"#seat"`)), "spec.limitations[0].id"},
		"as many limitations as there may be": {product, with(set("spec.limitations", entries("- {id: l%d, name: L}", 64))), ""},
		"too many limitations":                {product, with(set("spec.limitations", entries("- {id: l%d, name: L}", 65))), "Too many: 65: must have at most 64 items"},
	})
}

func TestCreateEdition(t *testing.T) {
	limitation := func(text string) []edit { return with(set("spec.limitations.0", text)) }
	floating := func(text string) []edit { return with(set("spec.floating", text)) }
	check(t, map[string]creation{
		"an edition":                              {object: edition},
		"a floating one":                          {object: floatingEdition},
		"an id that is no UUID":                   {edition, with(set("spec.editionID", "team")), "spec.editionID"},
		"no product":                              {edition, with(unset("spec.productRef")), "spec.productRef: Required value"},
		"a mode that does not exist":              {edition, with(set("spec.provisioningMode", "Shared")), `Unsupported value: "Shared": supported values: "Named", "Floating"`},
		"no mode":                                 {edition, with(unset("spec.provisioningMode")), "spec.provisioningMode: Required value"},
		"clients that do not exist":               {edition, with(set("spec.clientType", "Robots")), `Unsupported value: "Robots": supported values: "Devices", "Users"`},
		"a first client":                          {edition, with(set("spec.activationOnCreation", "CustomerNumber")), ""},
		"a first client that does not exist":      {edition, with(set("spec.activationOnCreation", "Somebody")), `Unsupported value: "Somebody"`},
		"a Named one with floating terms":         {edition, floating("{limit: 3}"), "floating is required when provisioningMode is Floating, and must be left out when it is Named"},
		"a Floating one without":                  {floatingEdition, with(unset("spec.floating")), "floating is required when provisioningMode is Floating"},
		"floating terms without a limit":          {floatingEdition, floating("{enforce: true}"), "spec.floating.limit: Required value"},
		"more sessions than can be counted":       {floatingEdition, floating("{limit: 4001}"), "should be less than or equal to 4000"},
		"a session of no length":                  {floatingEdition, floating("{limit: 1, sessionPeriodMinutes: 0}"), "should be greater than or equal to 1"},
		"an adjustable limitation":                {edition, limitation("{id: api, limit: 3, resetMode: Never, adjustable: true}"), ""},
		"a limitation that users hold and resets": {edition, limitation("{id: api, userProvisioning: true, resetMode: FirstDayOfMonth}"), "userProvisioning, which requires resetMode Never"},
		"a limitation without a period":           {edition, limitation("{id: api, resetMode: Periodically}"), "resetPeriodDays is required when resetMode is Periodically"},
		"a negative goodwill":                     {edition, limitation(`{id: api, resetMode: Never, goodwill: -1}`), "goodwill must be between 0 and 10000 percent"},
		"two limitations of one id":               {edition, with(set("spec.limitations", "[{id: api, resetMode: Never}, {id: api, resetMode: Never}]")), "spec.limitations[1]: Duplicate value"},
		"too many users":                          {edition, with(set("spec.userLimit", "1000001")), "should be less than or equal to 1000000"},
		"too many clients":                        {edition, with(set("spec.tokenLimit", "1000001")), "should be less than or equal to 1000000"},
		"no users and no clients at all":          {edition, with(set("spec.userLimit", "0"), set("spec.tokenLimit", "0")), ""},
	})
}

func TestCreateLicenseOfAnEdition(t *testing.T) {
	group := func(text string) []edit { return with(set("spec.userGroups", text)) }
	check(t, map[string]creation{
		"a license without tokens":          {object: editionLicense},
		"one with tokens":                   {editionLicense, with(set("spec.quantity", "5")), ""},
		"one that names the product too":    {editionLicense, with(set("spec.product", "suite")), "product must be left out where editionRef is given: the edition says which product it is"},
		"a license of a product, tokenless": {license, with(unset("spec.quantity"), set("spec.product", "suite")), ""},
		"neither tokens nor a product":      {license, with(unset("spec.quantity")), "quantity is required: only a license, with product or editionRef, may be without tokens"},
		"a group":                           {editionLicense, group("[{id: " + productUUID + ", name: Research, userLimit: 0}]"), ""},
		"a group whose id is no UUID":       {editionLicense, group("[{id: research}]"), "spec.userGroups[0].id"},
		"two groups of one id":              {editionLicense, group("[{id: " + productUUID + "}, {id: " + productUUID + "}]"), "spec.userGroups[1]: Duplicate value"},
		"more sessions than can be counted": {editionLicense, with(set("spec.floatingLimit", "4001")), "should be less than or equal to 4000"},
	})
}

func TestCreateActivation(t *testing.T) {
	check(t, map[string]creation{
		"an activation":             {object: activation},
		"one of no license":         {activation, with(unset("spec.lineItemRef")), "spec.lineItemRef: Required value"},
		"one without client":        {activation, with(unset("spec.clientID")), "spec.clientID: Required value"},
		"a client that is too long": {activation, with(set("spec.clientID", long(257))), "Too long: may not be more than 256"},
		"all about the client":      {activation, with(set("spec.clientName", "Laptop"), set("spec.clientDescription", "Of Lisa"), set("spec.softwareVersion", `"1.0"`)), ""},
	})
}

func TestUpdateProductsAndEditions(t *testing.T) {
	checkUpdates(t, map[string]change{
		"a product's name changes":             {object: product, edits: with(set("spec.displayName", "Suite"))},
		"a product's id in use is set":         {object: product, status: "productID: " + productUUID, edits: with(set("spec.productID", productUUID))},
		"another than the product's id in use": {object: product, status: "productID: " + productUUID, edits: with(set("spec.productID", editionUUID)), want: "spec.productID must be " + productUUID + ", the id in use"},
		"a product's id changes":               {object: product, before: with(set("spec.productID", productUUID)), edits: with(set("spec.productID", editionUUID)), want: "productID is immutable once set"},
		"a limit of an edition changes":        {object: edition, edits: with(set("spec.limitations.0.limit", "9"))},
		"an edition's product changes":         {object: edition, edits: with(set("spec.productRef.name", "other")), want: "productRef is immutable: this edition is of product publication-suite"},
		"an edition's clients change":          {object: edition, edits: with(set("spec.clientType", "Devices")), want: "clientType is immutable: this edition is for Users"},
		"an edition's mode changes":            {object: edition, edits: with(set("spec.provisioningMode", "Floating"), set("spec.floating", "{limit: 1}")), want: "provisioningMode is immutable: this edition is Named"},
		"another than the edition's id in use": {object: edition, status: "editionID: " + editionUUID, edits: with(set("spec.editionID", productUUID)), want: "spec.editionID must be " + editionUUID + ", the id in use"},
		"an edition's id goes":                 {object: edition, before: with(set("spec.editionID", editionUUID)), edits: with(unset("spec.editionID")), want: "editionID is immutable once set"},
		"a license moves to another edition":   {object: editionLicense, edits: with(set("spec.editionRef.name", "publication-suite-pro"))},
		"a license leaves its edition":         {object: editionLicense, edits: with(unset("spec.editionRef"), set("spec.product", "suite"))},
		"a client's software is updated":       {object: activation, edits: with(set("spec.softwareVersion", `"2.0"`))},
		"a client becomes another":             {object: activation, edits: with(set("spec.clientID", "laptop-4712")), want: "clientID is immutable: this object is client laptop-4711; create another Activation for laptop-4712"},
		"a client changes the license":         {object: activation, edits: with(set("spec.lineItemRef.name", "other")), want: "lineItemRef is immutable"},
		"a user moves to another group":        {object: userProvisioning, edits: with(set("spec.userGroupID", productUUID))},
	})
}
