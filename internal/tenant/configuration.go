package tenant

import (
	"context"
	"encoding/json"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	applyv1alpha1 "github.com/licensing-operator/licensing-operator/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
)

const (
	// configurationAnnotation holds the changes that were made over REST.
	configurationAnnotation = "licensing-operator.dev/changed-over-rest"
	// configurationByKubernetes stands for everyone who changes the object itself.
	configurationByKubernetes = "kubernetes"
)

// changes tell who changed which setting over REST, and when.
type changes map[string]change

type change struct {
	Modified  time.Time `json:"modified"`
	UpdatedBy string    `json:"updatedBy"`
}

// Configuration is what is in effect.
func (t *Tenant) Configuration(ctx context.Context) ([]ConfigurationValue, error) {
	object, err := t.configuration(ctx)
	if err != nil {
		return nil, t.failed(err, nil)
	}
	return t.values(object), nil
}

// ChangeConfiguration changes all the values or none, and gives what is in effect then.
func (t *Tenant) ChangeConfiguration(ctx context.Context, values []ConfigurationValue) ([]ConfigurationValue, error) {
	wanted, err := t.parseSettings(values)
	if err != nil {
		return nil, err
	}
	var object *v1alpha1.TenantConfiguration
	err = t.again(ctx, settingFields, func() error {
		var err error
		if object, err = t.configuration(ctx); err != nil {
			return err
		}
		return t.changeConfiguration(ctx, object, wanted)
	})
	if err != nil {
		return nil, err
	}
	return t.values(object), nil
}

// configuration reads the object live. One without a UID is not there.
func (t *Tenant) configuration(ctx context.Context) (*v1alpha1.TenantConfiguration, error) {
	object := &v1alpha1.TenantConfiguration{}
	err := t.Live.Get(ctx, t.key(v1alpha1.TenantConfigurationName), object)
	return object, client.IgnoreNotFound(err)
}

// changeConfiguration makes the object say what is wanted. A value that is the default is left out of it.
func (t *Tenant) changeConfiguration(ctx context.Context, object *v1alpha1.TenantConfiguration, wanted map[string]string) error {
	changed, differs := changesOf(object), false
	for _, setting := range t.settings() {
		value, given := wanted[setting.name]
		stands := setting.get(object.Spec)
		if !given || value == stands || (stands == "" && value == setting.standard) {
			continue
		}
		differs = true
		delete(changed, setting.name)
		if value != setting.standard {
			changed[setting.name] = change{Modified: t.Clock.Now().UTC().Truncate(time.Millisecond), UpdatedBy: t.caller}
		} else if managers := declaration.OthersDeclare(object, "f:spec", "f:"+setting.field); managers != "" {
			return &Error{Reason: DeclaredElsewhere, Problems: []string{declaredBy("configuration value "+setting.name, managers)}}
		}
	}
	if !differs {
		return nil
	}
	if object.UID == "" {
		object.ObjectMeta = t.metadata(v1alpha1.TenantConfigurationName)
		for _, setting := range t.settings() {
			if value := wanted[setting.name]; value != "" && value != setting.standard {
				setting.set(&object.Spec, value)
			}
		}
		object.Annotations[configurationAnnotation] = changed.String()
		return t.create(ctx, object)
	}
	return t.redeclareConfiguration(ctx, object, wanted, changed)
}

func (t *Tenant) redeclareConfiguration(ctx context.Context, object *v1alpha1.TenantConfiguration, wanted map[string]string, changed changes) error {
	if err := t.adopt(ctx, object); err != nil {
		return err
	}
	declared, err := applyv1alpha1.ExtractTenantConfigurationFrom(object, string(declaration.FieldManager), "")
	if err != nil {
		return err
	}
	if declared.Spec == nil {
		declared.Spec = applyv1alpha1.TenantConfigurationSpec()
	}
	for _, setting := range t.settings() {
		value, given := wanted[setting.name]
		switch {
		case given && value == setting.standard:
			setting.leaveOut(declared.Spec)
		case given:
			setting.declare(declared.Spec, value, setting.get(object.Spec) == value)
		}
	}
	declared.WithAnnotations(map[string]string{configurationAnnotation: changed.String()})
	if len(changed) == 0 {
		delete(declared.Annotations, configurationAnnotation)
	}
	if *declared.Spec == (applyv1alpha1.TenantConfigurationSpecApplyConfiguration{}) {
		declared.Spec = nil
	}
	return t.apply(ctx, declared.WithUID(object.UID).WithResourceVersion(object.ResourceVersion), object)
}

// values are the settings in effect, and who changed those that are not as the operator has them.
func (t *Tenant) values(object *v1alpha1.TenantConfiguration) []ConfigurationValue {
	changed := changesOf(object)
	var values []ConfigurationValue
	for _, setting := range t.settings() {
		value := ConfigurationValue{Name: setting.name, Value: setting.standard}
		if said := setting.get(object.Spec); said != "" && said != setting.standard {
			value.Value = said
			value.Modified, value.UpdatedBy = changed[setting.name].Modified, changed[setting.name].UpdatedBy
			if at, others := declaration.DeclaredAt(object, "f:spec", "f:"+setting.field); others || value.UpdatedBy == "" {
				value.Modified, value.UpdatedBy = at, configurationByKubernetes
			}
		}
		values = append(values, value)
	}
	return values
}

// changesOf is empty where somebody has spoiled the annotation.
func changesOf(object client.Object) changes {
	found := changes{}
	if json.Unmarshal([]byte(object.GetAnnotations()[configurationAnnotation]), &found) != nil || found == nil {
		return changes{}
	}
	return found
}

func (c changes) String() string {
	text, _ := json.Marshal(c) // of times and strings
	return string(text)
}
