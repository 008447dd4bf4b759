package tenant

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
)

// settings are the two values, and who changed each.
func settings(tolerant, tolerantBy, period, periodBy string) []tenant.ConfigurationValue {
	return []tenant.ConfigurationValue{
		{Name: tenant.TimezoneTolerant, Value: tolerant, UpdatedBy: tolerantBy}, {Name: tenant.SessionChargePeriod, Value: period, UpdatedBy: periodBy},
	}
}

func value(name, value string) tenant.ConfigurationValue {
	return tenant.ConfigurationValue{Name: name, Value: value}
}

func wantSettings(t *testing.T, want, got []tenant.ConfigurationValue) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(tenant.ConfigurationValue{}, "Modified")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, value := range got {
		if value.Modified.IsZero() != (value.UpdatedBy == "") {
			t.Errorf("%s was modified at %s by %q", value.Name, value.Modified, value.UpdatedBy)
		}
	}
}

func TestSettingsAreChangedAndSetBack(t *testing.T) {
	p := newProducer(t)
	wantSettings(t, settings("false", "", "PT1H", ""), must[[]tenant.ConfigurationValue](t)(p.here.Configuration(t.Context())))
	lisa, bob := p.as(0, "lisa"), p.as(1, "bob")
	for _, step := range []struct {
		by     *tenant.Tenant
		change []tenant.ConfigurationValue
		want   []tenant.ConfigurationValue
	}{
		{lisa, []tenant.ConfigurationValue{value(tenant.TimezoneTolerant, "false")}, settings("false", "", "PT1H", "")},
		{lisa, []tenant.ConfigurationValue{value(tenant.SessionChargePeriod, "PT90M")}, settings("false", "", "PT1H30M", "lisa")},
		{bob, []tenant.ConfigurationValue{value(tenant.TimezoneTolerant, "true")}, settings("true", "bob", "PT1H30M", "lisa")},
		{bob, []tenant.ConfigurationValue{value(tenant.SessionChargePeriod, "PT1H30M")}, settings("true", "bob", "PT1H30M", "lisa")},
		{bob, []tenant.ConfigurationValue{value(tenant.SessionChargePeriod, "PT10M"), value(tenant.TimezoneTolerant, "false")}, settings("false", "", "PT10M", "bob")},
		{lisa, []tenant.ConfigurationValue{value(tenant.SessionChargePeriod, "PT60M")}, settings("false", "", "PT1H", "")},
		{lisa, []tenant.ConfigurationValue{value(tenant.SessionChargePeriod, "PT24H")}, settings("false", "", "PT24H", "lisa")},
	} {
		wantSettings(t, step.want, must[[]tenant.ConfigurationValue](t)(step.by.ChangeConfiguration(t.Context(), step.change)))
		wantSettings(t, step.want, must[[]tenant.ConfigurationValue](t)(p.there.Configuration(t.Context())))
	}
	var object v1alpha1.TenantConfiguration
	p.Get(t, "default", &object)
	if object.Spec.TimezoneTolerant != nil || object.Spec.SessionChargePeriod != "24h" {
		t.Errorf("spec %+v", object.Spec)
	}
}

func TestTwoSettingsChangedAtOnceAreBothChanged(t *testing.T) {
	p := newProducer(t)
	change := func(by *tenant.Tenant, change tenant.ConfigurationValue) func() error {
		return func() error {
			_, err := by.ChangeConfiguration(t.Context(), []tenant.ConfigurationValue{change})
			return err
		}
	}
	errs := atOnce(change(p.as(0, "lisa"), value(tenant.TimezoneTolerant, "true")), change(p.as(1, "bob"), value(tenant.SessionChargePeriod, "PT2H")))
	if diff := cmp.Diff(map[tenant.Reason]int{"": 2}, reasons(errs)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantSettings(t, settings("true", "lisa", "PT2H", "bob"), must[[]tenant.ConfigurationValue](t)(p.here.Configuration(t.Context())))
}

func TestWhatIsWrongWithAChangeIsNamedAndNothingChanges(t *testing.T) {
	p := newProducer(t)
	for name, tc := range map[string]struct {
		change []tenant.ConfigurationValue
		want   []string
	}{
		"nothing": {nil, []string{"$: is empty, at least one value to change is required"}},
		"one good and one bad": {
			[]tenant.ConfigurationValue{value(tenant.TimezoneTolerant, "true"), value(tenant.SessionChargePeriod, "PT9M")},
			[]string{"$[1].value: session.charge.period: PT9M, must be PT10M to PT24H"},
		},
		"seconds":              {[]tenant.ConfigurationValue{value(tenant.SessionChargePeriod, "PT1H30S")}, []string{`$[0].value: session.charge.period: "PT1H30S", must be a duration of hours and minutes: PTnH, PTnM or PTnHnM, as in PT1H30M`}},
		"too long":             {[]tenant.ConfigurationValue{value(tenant.SessionChargePeriod, "PT25H")}, []string{"$[0].value: session.charge.period: PT25H, must be PT10M to PT24H"}},
		"neither true nor not": {[]tenant.ConfigurationValue{value(tenant.TimezoneTolerant, "TRUE")}, []string{`$[0].value: timezone.tolerant: "TRUE", must be true or false`}},
		"an unknown name":      {[]tenant.ConfigurationValue{value("x", "true")}, []string{`$[0].name: "x" is no setting, must be timezone.tolerant or session.charge.period`}},
		"the same twice": {
			[]tenant.ConfigurationValue{value(tenant.TimezoneTolerant, "true"), value(tenant.TimezoneTolerant, "true")},
			[]string{"$[1].name: timezone.tolerant is given twice"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.here.ChangeConfiguration(t.Context(), tc.change)
			refused(t, err, tenant.Invalid, tc.want...)
		})
	}
	if err := p.Read(t.Context(), "default", &v1alpha1.TenantConfiguration{}); !apierrors.IsNotFound(err) {
		t.Errorf("changed all the same: %v", err)
	}
}

func TestWhatKubernetesDeclaresOfTheConfigurationIsShownAndNotFoughtOver(t *testing.T) {
	p := newProducer(t)
	before := time.Now().Add(-2 * time.Second)
	p.Apply(t, "TenantConfiguration", "default", `{sessionChargePeriod: 2h}`)
	got := must[[]tenant.ConfigurationValue](t)(p.here.Configuration(t.Context()))
	wantSettings(t, settings("false", "", "PT2H", "kubernetes"), got)
	if got[1].Modified.Before(before) {
		t.Errorf("modified %s", got[1].Modified)
	}
	const declared = "is declared by gitops in Kubernetes: change it there, or take it out of that declaration first"
	_, err := p.here.ChangeConfiguration(t.Context(), []tenant.ConfigurationValue{value(tenant.SessionChargePeriod, "PT3H"), value(tenant.TimezoneTolerant, "true")})
	refused(t, err, tenant.DeclaredElsewhere, "$.session.charge.period: "+declared)
	_, err = p.here.ChangeConfiguration(t.Context(), []tenant.ConfigurationValue{value(tenant.SessionChargePeriod, "PT1H")})
	refused(t, err, tenant.DeclaredElsewhere, "configuration value session.charge.period: "+declared)
	changed := must[[]tenant.ConfigurationValue](t)(p.as(1, "bob").ChangeConfiguration(t.Context(),
		[]tenant.ConfigurationValue{value(tenant.TimezoneTolerant, "true"), value(tenant.SessionChargePeriod, "PT2H")}))
	wantSettings(t, settings("true", "bob", "PT2H", "kubernetes"), changed)
	p.Apply(t, "TenantConfiguration", "default", `{sessionChargePeriod: 4h}`)
	wantSettings(t, settings("true", "bob", "PT4H", "kubernetes"), must[[]tenant.ConfigurationValue](t)(p.here.Configuration(t.Context())))
}
