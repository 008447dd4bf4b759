package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/printers"
	"sigs.k8s.io/yaml"

	"github.com/licensing-operator/licensing-operator/cmd/kubectl-licensing/access"
)

// The formats of what is printed.
const (
	asText = "text"
	asJSON = "json"
	asYAML = "yaml"
)

var outputs = []string{asText, asJSON, asYAML}

// addOutput adds the flag that says how to print.
func (t *tool) addOutput(command *cobra.Command) {
	command.Flags().StringVarP(&t.output, "output", "o", asText, "How to print: "+strings.Join(outputs, ", ")+".")
	_ = command.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(outputs, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
}

func (t *tool) checkOutput() error {
	if slices.Contains(outputs, t.output) {
		return nil
	}
	return fmt.Errorf("--output %q is not possible: %s", t.output, strings.Join(outputs, ", "))
}

// print prints a document as was asked for; text is how people read it.
func (t *tool) print(document any, text func() error) error {
	var content []byte
	var err error
	switch t.output {
	case asJSON:
		content, err = json.MarshalIndent(document, "", "  ")
		content = append(content, '\n')
	case asYAML:
		content, err = yaml.Marshal(document)
	default:
		return text()
	}
	if err != nil {
		return err
	}
	_, err = t.Out.Write(content)
	return err
}

// table prints rows in columns, as kubectl does.
func (t *tool) table(rows [][]string) error {
	writer := printers.GetNewTabWriter(t.Out)
	for _, row := range rows {
		if _, err := fmt.Fprintln(writer, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return writer.Flush()
}

func (t *tool) printf(format string, args ...any) error {
	_, err := fmt.Fprintf(t.Out, format, args...)
	return err
}

// connect gives both ways. Close the API in the end.
func (t *tool) connect(command *cobra.Command) (*access.Cluster, *access.API, error) {
	cluster, err := t.access.Cluster()
	if err != nil {
		return nil, nil, err
	}
	api, err := t.access.API(command.Context(), cluster)
	return cluster, api, err
}

// completeInstances completes arguments that are Instances.
func (t *tool) completeInstances(command *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	cluster, err := t.access.Cluster()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	names, err := cluster.Instances(command.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(args, name) }), cobra.ShellCompDirectiveNoFileComp
}

// completeInstance completes one argument.
func (t *tool) completeInstance(command *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return t.completeInstances(command, args, begun)
}

// oneInstance wants the name of an Instance as the only argument.
func oneInstance(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("name one Instance, %d are named", len(args))
	}
	return nil
}

// window is what --from and --to say.
type window struct{ from, to string }

func (w *window) addFlags(command *cobra.Command) {
	command.Flags().StringVar(&w.from, "from", "", "Only records of this time or later, as in 2026-11-01T00:00:00Z or 2026-11-01.")
	command.Flags().StringVar(&w.to, "to", "", "Only records before this time.")
}

func (w *window) times() (from, to time.Time, err error) {
	from, errFrom := moment("--from", w.from)
	to, errTo := moment("--to", w.to)
	if err := errors.Join(errFrom, errTo); err != nil {
		return from, to, err
	}
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return from, to, fmt.Errorf("--to %s is not after --from %s", w.to, w.from)
	}
	return from, to, nil
}

// moment reads a time, or a day of UTC.
func moment(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s %q is not a time like 2026-11-01T00:00:00Z, nor a day like 2026-11-01", flag, text)
}
