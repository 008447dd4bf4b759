package controllers

import (
	"strings"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

const namedUserLicense = `
activationID: USERS
elastic: false
userLimit: 3
limitations:
- {id: api, name: API Functionality, limit: 3, userProvisioning: true, resetMode: Never}
- {id: backup, name: Cloud Backup Functionality, limit: 2, userProvisioning: true, resetMode: Never}
- {id: calls, limit: 1000, resetMode: FirstDayOfMonth}
`

func namedUsers(t *testing.T, p producer) {
	license := strings.ReplaceAll(tokens(""), "elastic: true\n", "") + namedUserLicense
	p.user(t, "u1", `[api, backup]`)
	wait(t, p, "u1", &v1alpha1.UserProvisioning{}, "Ready=False LineItemNotFound: line item license does not exist; holds ", user)
	p.apply(t, "Instance", "acme", `{accountID: ACME, shortName: Acme}`)
	p.apply(t, "LineItem", "license", license)
	const holdsBoth = "Ready=True Reconciled: the user may use the license and holds all that is listed; holds api backup"
	wait(t, p, "u1", &v1alpha1.UserProvisioning{}, holdsBoth, user)
	// Age decides, and creation times are whole seconds.
	time.Sleep(1100 * time.Millisecond)
	p.user(t, "u2", `[api, backup]`)
	time.Sleep(1100 * time.Millisecond)
	p.user(t, "u3", `[api, backup]`)
	wait(t, p, "u2", &v1alpha1.UserProvisioning{}, holdsBoth, user)
	wait(t, p, "u3", &v1alpha1.UserProvisioning{},
		`Ready=False LimitReached: limitation "Cloud Backup Functionality" has a limit of 2: 1 asked for, 2 held; holds api`, user)
	wait(t, p, "license", &v1alpha1.LineItem{}, "api 3 0, backup 2 0, calls 0 1000, users 3 active 0 inactive", limitations)
	since := get(t, p, "u3", &v1alpha1.UserProvisioning{}).Status.Denied[0].Since

	time.Sleep(1100 * time.Millisecond)
	p.user(t, "u4", `[api, nothing, calls]`)
	wait(t, p, "u4", &v1alpha1.UserProvisioning{},
		"Ready=False UserLimitReached: line item license has a userLimit of 3, and as many users are active: 1 seat asked for, none free; holds ", user)
	var reasons []string
	for _, denied := range get(t, p, "u4", &v1alpha1.UserProvisioning{}).Status.Denied {
		reasons = append(reasons, denied.LimitationID+" "+denied.Reason)
	}
	figures(t, "what u4 does not get", reasons, []string{"api UserLimitReached", "nothing UnknownLimitation", "calls NotUserProvisioning"})
	p.apply(t, "UserProvisioning", "u2-again", `{lineItemRef: {name: license}, userID: u2, active: true, limitations: [api]}`)
	wait(t, p, "u2-again", &v1alpha1.UserProvisioning{},
		"Ready=False DuplicateUser: UserProvisioning u2, which is older, is user u2 of the license already; holds ", user)
	figures(t, "since when u3 is denied", get(t, p, "u3", &v1alpha1.UserProvisioning{}).Status.Denied[0].Since, since)

	// What u1 gives back u3 gets, and what u1 held by being there u4 gets.
	p.user(t, "u1", `[api]`)
	wait(t, p, "u3", &v1alpha1.UserProvisioning{}, holdsBoth, user)
	p.delete(t, &v1alpha1.UserProvisioning{}, "u1")
	wait(t, p, "u4", &v1alpha1.UserProvisioning{},
		`Ready=False UnknownLimitation: line item license has no limitation "nothing"; limitation "calls" of line item license is consumed: users hold no units of it; holds api`, user)
	wait(t, p, "license", &v1alpha1.LineItem{}, "api 3 0, backup 2 0, calls 0 1000, users 3 active 1 inactive", limitations)

	// An invalid license gives nothing new and takes nothing away.
	p.apply(t, "LineItem", "license", strings.Replace(license, "state: DEPLOYED", "state: INACTIVE", 1))
	wait(t, p, "u2", &v1alpha1.UserProvisioning{}, "Ready=False LicenseNotValid: line item license is INACTIVE; holds api backup", user)
	p.apply(t, "LineItem", "license", strings.Replace(license, "- {id: backup, name: Cloud Backup Functionality, limit: 2, userProvisioning: true, resetMode: Never}\n", "", 1))
	wait(t, p, "u2", &v1alpha1.UserProvisioning{}, `Ready=False UnknownLimitation: line item license has no limitation "backup"; holds api`, user)

	figures(t, "balances", p.balances(t, "USERS"), map[string]int64{"api": 3, "backup": 0, licensing.SeatID: 3})
}
