package conformance

import "slices"

// allCases are all cases, in the order of the report.
func allCases() []testCase {
	return slices.Concat(
		catalogVectors(), oneOffVectors(), sessionVectors(), timerVectors(), lineItemVectors(), ruleVectors(), listVectors(),
		taskCases(), pathCases(), statusCases(), authorizationCases(), fractionCases(), idempotencyCases(), additionCases(),
		headerCases(), replicaCases(), tenantVectors(),
	)
}
