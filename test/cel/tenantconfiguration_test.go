package cel

import "testing"

func TestCreateTenantConfiguration(t *testing.T) {
	period := func(text string) []edit { return with(set("spec.sessionChargePeriod", text)) }
	refused := func(text string) string {
		return "sessionChargePeriod " + text + " is not possible: whole minutes from 10m to 24h are, written as in 1h30m"
	}
	check(t, map[string]creation{
		"a configuration":                  {object: tenantConfiguration},
		"one that decides nothing":         {tenantConfiguration, with(unset("spec")), ""},
		"one whose spec is empty":          {tenantConfiguration, with(set("spec", "{}")), "spec in body should have at least 1 properties"},
		"one of another name":              {tenantConfiguration, with(set("metadata.name", "other")), "a namespace has one TenantConfiguration, whose name is default: other is not possible"},
		"tolerance that is neither":        {tenantConfiguration, with(set("spec.timezoneTolerant", `"true"`)), "spec.timezoneTolerant"},
		"the shortest period":              {tenantConfiguration, period("10m"), ""},
		"the longest period":               {tenantConfiguration, period("24h"), ""},
		"a period in minutes":              {tenantConfiguration, period("90m"), ""},
		"a period in seconds":              {tenantConfiguration, period("5400s"), ""},
		"a period as Go writes it":         {tenantConfiguration, period("1h0m0s"), ""},
		"a period that is too short":       {tenantConfiguration, period("9m"), refused("9m")},
		"a period that is too long":        {tenantConfiguration, period("24h1m"), refused("24h1m")},
		"a day too much":                   {tenantConfiguration, period("25h"), refused("25h")},
		"a period of one and a half":       {tenantConfiguration, period("1h30s"), refused("1h30s")},
		"a period of nothing":              {tenantConfiguration, period("0s"), refused("0s")},
		"a period that runs back":          {tenantConfiguration, period(`"-1h"`), refused("-1h")},
		"a period as REST clients give it": {tenantConfiguration, period("PT1H"), refused("PT1H")},
		"a period without unit":            {tenantConfiguration, period(`"60"`), refused("60")},
		"a period with a fraction":         {tenantConfiguration, period("1.5h"), refused("1.5h")},
		"a period beyond all counting":     {tenantConfiguration, period("99999h99999h99999h"), refused("99999h99999h99999h")},
		"a period that is empty":           {tenantConfiguration, period(`""`), "spec.sessionChargePeriod"},
	})
}
