package tenant

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	applyv1alpha1 "github.com/licensing-operator/licensing-operator/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
)

// The names of the settings (dynamic-monetization.md 1.8).
const (
	TimezoneTolerant    = "timezone.tolerant"
	SessionChargePeriod = "session.charge.period"
)

// settingFields are the names of the settings, for messages.
var settingFields = declaration.Fields{"timezoneTolerant": "." + TimezoneTolerant, "sessionChargePeriod": "." + SessionChargePeriod}

// setting is one value of the configuration, in the text form of a call.
type setting struct {
	name, field string
	// standard is the value where the tenant decides nothing.
	standard string
	parse    func(string) (string, error)
	// get is empty where the object says nothing, or nothing that can be read.
	get      func(v1alpha1.TenantConfigurationSpec) string
	set      func(*v1alpha1.TenantConfigurationSpec, string)
	declare  func(spec *applyv1alpha1.TenantConfigurationSpecApplyConfiguration, value string, stands bool)
	leaveOut func(*applyv1alpha1.TenantConfigurationSpecApplyConfiguration)
}

func (t *Tenant) settings() []setting {
	defaults := t.Store.Defaults(t.namespace)
	return []setting{{
		name: TimezoneTolerant, field: "timezoneTolerant", standard: strconv.FormatBool(defaults.TimezoneTolerant),
		parse: func(text string) (string, error) {
			if text != "true" && text != "false" {
				return "", fmt.Errorf("%.32q, must be true or false", text)
			}
			return text, nil
		},
		get: func(spec v1alpha1.TenantConfigurationSpec) string {
			if spec.TimezoneTolerant == nil {
				return ""
			}
			return strconv.FormatBool(*spec.TimezoneTolerant)
		},
		set: func(spec *v1alpha1.TenantConfigurationSpec, value string) {
			spec.TimezoneTolerant = new(value == "true")
		},
		declare: func(spec *applyv1alpha1.TenantConfigurationSpecApplyConfiguration, value string, stands bool) {
			declaration.Put(&spec.TimezoneTolerant, value == "true", stands)
		},
		leaveOut: func(spec *applyv1alpha1.TenantConfigurationSpecApplyConfiguration) { spec.TimezoneTolerant = nil },
	}, {
		name: SessionChargePeriod, field: "sessionChargePeriod", standard: formatPeriod(defaults.Terms.Period),
		parse: func(text string) (string, error) {
			period, err := parsePeriod(text)
			return formatPeriod(period), err
		},
		get: func(spec v1alpha1.TenantConfigurationSpec) string {
			period, err := spec.SessionChargePeriod.Parse()
			if err != nil {
				return ""
			}
			return formatPeriod(period)
		},
		set: func(spec *v1alpha1.TenantConfigurationSpec, value string) { spec.SessionChargePeriod = periodOf(value) },
		declare: func(spec *applyv1alpha1.TenantConfigurationSpecApplyConfiguration, value string, stands bool) {
			declaration.Put(&spec.SessionChargePeriod, periodOf(value), stands)
		},
		leaveOut: func(spec *applyv1alpha1.TenantConfigurationSpecApplyConfiguration) { spec.SessionChargePeriod = nil },
	}}
}

// periodOf wants a value that was parsed.
func periodOf(value string) v1alpha1.Duration {
	period, _ := parsePeriod(value)
	return v1alpha1.NewDuration(period)
}

// parseSettings reads what a caller wants changed, by name and in the one form that each value has.
func (t *Tenant) parseSettings(values []ConfigurationValue) (map[string]string, error) {
	var problems problems
	wanted := make(map[string]string, len(values))
	if len(values) == 0 {
		problems.add("$: is empty, at least one value to change is required")
	}
	for i, value := range values {
		problem := t.parseSetting(value, wanted)
		if problem != "" {
			problems.add("$[%d].%s", i, problem)
		}
	}
	return wanted, problems.err()
}

func (t *Tenant) parseSetting(value ConfigurationValue, wanted map[string]string) (problem string) {
	var names []string
	for _, setting := range t.settings() {
		names = append(names, setting.name)
		if setting.name != value.Name {
			continue
		}
		if _, duplicate := wanted[value.Name]; duplicate {
			return fmt.Sprintf("name: %s is given twice", value.Name)
		}
		text, err := setting.parse(value.Value)
		if value.Value == setting.standard { // which an operator in development may have as it likes
			text, err = value.Value, nil
		}
		if err != nil {
			return fmt.Sprintf("value: %s: %v", value.Name, err)
		}
		wanted[value.Name] = text
		return ""
	}
	return fmt.Sprintf("name: %.64q is no setting, must be %s", value.Name, strings.Join(names, " or "))
}
