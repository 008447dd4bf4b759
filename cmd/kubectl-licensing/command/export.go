package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/licensing-operator/licensing-operator/cmd/kubectl-licensing/access"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/export"
)

type exportOptions struct {
	window

	format, file string
	after        int64
}

func (t *tool) newExport() *cobra.Command {
	var options exportOptions
	formats := make([]string, 0, len(export.Formats()))
	for _, format := range export.Formats() {
		formats = append(formats, string(format))
	}
	command := &cobra.Command{
		Use: "export [INSTANCE...]", Short: "Write the usage records of Instances, or of all of a namespace",
		Long: `Write the usage records of Instances, or of all of a namespace, the oldest first.

In the end it says at which position to go on: what comes after it is what was recorded later. An export that is cut off
fails, so that a part is never taken for the whole.`,
		Example: `  # All records of a namespace, a line of JSON each
  kubectl licensing ledger export -n example-producer > records.jsonl

  # Those of one Instance in November, for a spreadsheet
  kubectl licensing ledger export acme-def-inst --from 2026-11-01 --to 2026-12-01 --format csv --file november.csv

  # What came since the last time
  kubectl licensing ledger export --after 48213 --format parquet --file new.parquet`,
		ValidArgsFunction: t.completeInstances,
		RunE: func(command *cobra.Command, args []string) error {
			if !slices.Contains(formats, options.format) {
				return fmt.Errorf("--format %q is not possible: %s", options.format, strings.Join(formats, ", "))
			}
			if options.after < 0 {
				return fmt.Errorf("--after %d is not possible: positions begin at 1", options.after)
			}
			return t.export(command, args, options)
		},
	}
	options.addFlags(command)
	flags := command.Flags()
	flags.StringVar(&options.format, "format", formats[0], "The format: "+strings.Join(formats, ", ")+".")
	flags.StringVar(&options.file, "file", "", "Where to write to. It is there when the export is complete.")
	flags.Int64Var(&options.after, "after", 0, "Only records after this position.")
	_ = command.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	return command
}

func (t *tool) export(command *cobra.Command, instances []string, options exportOptions) error {
	from, to, err := options.times()
	if err != nil {
		return err
	}
	_, api, err := t.connect(command)
	if err != nil {
		return err
	}
	defer api.Close()
	query := usage.Query{Instances: instances, From: from, To: to, After: options.after}
	stream, err := api.Export(command.Context(), query, options.format)
	if err != nil {
		return err
	}
	defer stream.Close()
	if options.file == "" {
		err = t.copy(t.Out, stream)
	} else {
		err = t.write(options.file, stream)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.ErrOut, "Complete. Go on with --after %s\n", stream.Position())
	return err
}

func (t *tool) copy(to io.Writer, stream *access.Export) error {
	if _, err := io.Copy(to, stream); err != nil {
		return fmt.Errorf("%w: %w", access.ErrCutOff, err)
	}
	if !stream.Complete() {
		return access.ErrCutOff
	}
	return nil
}

// write makes the file when all of it is there.
func (t *tool) write(path string, stream *access.Export) error {
	part := path + ".part"
	file, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(t.copy(file, stream), file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return os.Rename(part, path)
}
