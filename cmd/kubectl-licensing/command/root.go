// Package command is the commands of kubectl licensing.
package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/cmd/kubectl-licensing/access"
)

// Environment is what the commands get from the process.
type Environment struct {
	genericiooptions.IOStreams

	Clock   clock.Clock
	Version string
}

// Exit codes. A verification that cannot be made is no verdict.
const (
	exitOK      = 0
	exitRefuted = 1
	exitFailed  = 2
)

// errRefuted is a verdict, which was printed.
var errRefuted = errors.New("account and records are not equal")

// Execute runs a command line and gives the exit code.
func Execute(ctx context.Context, args []string, environment Environment) int {
	root := newRoot(environment) //nolint:contextcheck // a command gets it when it is executed
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errRefuted):
		return exitRefuted
	}
	_, _ = fmt.Fprintln(environment.ErrOut, "error:", err)
	return exitFailed
}

// tool is what the commands share.
type tool struct {
	Environment

	access *access.Flags
	output string
}

func newRoot(environment Environment) *cobra.Command {
	t := &tool{Environment: environment, access: access.NewFlags(environment.Clock)}
	root := &cobra.Command{
		Use:   "kubectl-licensing",
		Short: "Audit what the licensing operator charges",
		Long: `Audit what the licensing operator charges.

Every balance of an Instance is in its account, and every movement of one is a usage record. This plugin proves that the
two are equal, explains bills from the records, and makes an account from them when it was lost.`,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl licensing"},
		SilenceErrors: true, SilenceUsage: true,
		Args: cobra.NoArgs,
	}
	root.SetIn(environment.In)
	root.SetOut(environment.Out)
	root.SetErr(environment.ErrOut)
	root.SetFlagErrorFunc(func(command *cobra.Command, err error) error {
		return fmt.Errorf("%w\nSee '%s --help'", err, command.CommandPath())
	})
	t.access.AddKube(root.PersistentFlags())
	root.AddCommand(t.newLedger(), t.newVersion())
	return root
}

func (t *tool) newVersion() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version of this plugin", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(t.Out, t.Version)
			return err
		},
	}
}

func (t *tool) newLedger() *cobra.Command {
	ledger := &cobra.Command{
		Use: "ledger", Short: "Work with accounts and usage records",
		Long: `Work with the accounts of Instances and with their usage records.

Accounts are read with the kubeconfig, from the operator's namespace. Records are read through the REST API, which wants a
token for administration.`,
		Args: cobra.NoArgs,
	}
	t.access.Server.AddFlags(ledger.PersistentFlags())
	ledger.AddCommand(t.newExport(), t.newVerify(), t.newExplain(), t.newRebuild())
	return ledger
}
