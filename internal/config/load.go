package config

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// Decode reads a configuration file: YAML, in which every field is known and given once.
func Decode(content []byte) (OperatorConfiguration, error) {
	configuration := Default()
	// A file without these is not known to be one of ours, so that they have no default.
	configuration.APIVersion, configuration.Kind = "", ""
	text, err := yaml.YAMLToJSONStrict(content)
	if err != nil {
		return OperatorConfiguration{}, err
	}
	unknown, err := kjson.UnmarshalStrict(text, &configuration)
	if err := errors.Join(append(unknown, err)...); err != nil {
		return OperatorConfiguration{}, err
	}
	return configuration, nil
}

// Load reads the flags, then the file that they name, and lets the flags override it. What it returns is valid.
func Load(flags *pflag.FlagSet, args []string) (OperatorConfiguration, error) {
	var path string
	var overrides []override
	flags.StringVar(&path, "config", "", "The configuration file, an "+Kind+" of "+APIVersion+". Flags override it.")
	for _, setting := range settings {
		set := func(value string) error {
			overrides = append(overrides, override{setting, value})
			return nil
		}
		if setting.boolean {
			flags.BoolFunc(setting.flag, setting.usage, set)
			continue
		}
		flags.Func(setting.flag, setting.usage, set)
	}
	if err := flags.Parse(args); err != nil {
		return OperatorConfiguration{}, err
	}
	if flags.NArg() > 0 {
		return OperatorConfiguration{}, fmt.Errorf("%q is not a flag, and nothing else is taken", flags.Arg(0))
	}

	configuration := Default()
	if path != "" {
		content, err := os.ReadFile(path)
		if err != nil {
			return OperatorConfiguration{}, fmt.Errorf("--config: %w", err)
		}
		if configuration, err = Decode(content); err != nil {
			return OperatorConfiguration{}, fmt.Errorf("%s: %w", path, err)
		}
	}
	for _, override := range overrides {
		if err := override.setting.set(&configuration, override.value); err != nil {
			return OperatorConfiguration{}, fmt.Errorf("--%s: %w", override.setting.flag, err)
		}
	}
	return configuration, configuration.Validate()
}
