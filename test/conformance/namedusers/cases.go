package namedusers

import "slices"

// allCases are all cases, in the order of the report.
func allCases() []testCase {
	return slices.Concat(
		storyVectors(), consumptionVectors(), resetVectors(), userVectors(), ruleCases(), batchCases(), listingCases(), accessCases(),
		errorCases(), clientCases(), licenseCases(), validityCases(), activationCases(), floatingCases(), templateCases(), groupCases(),
		productCases(), replicaCases(),
	)
}
