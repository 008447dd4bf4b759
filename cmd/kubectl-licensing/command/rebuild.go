package command

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/licensing-operator/licensing-operator/cmd/kubectl-licensing/access"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
)

type rebuildOptions struct {
	confirm         string
	acceptShortfall bool
}

func (t *tool) newRebuild() *cobra.Command {
	var options rebuildOptions
	command := &cobra.Command{
		Use: "rebuild INSTANCE [--confirm INCIDENT [--accept-shortfall]]", Short: "Make a lost or altered account from its usage records",
		Long: `Make the account of an Instance from its usage records, and report what differs from the account that was found.

It is written only while charging on the Instance has stopped, and only with the id of that incident as --confirm. Without
it this command only reports. Charging goes on when you accept what was written, with the command that is printed then.

If less is recorded than the Instance and its line items remember, what is missing would be given away. Then it is written
only with --accept-shortfall.

Answers that clients may ask for again and transactions that are on their way are kept, where an account was found.`,
		Example: `  # What would be written?
  kubectl licensing ledger rebuild acme-def-inst -n example-producer --token-file token

  # Write it
  kubectl licensing ledger rebuild acme-def-inst -n example-producer --token-file token --confirm missing-38`,
		Args: oneInstance, ValidArgsFunction: t.completeInstance,
		RunE: func(command *cobra.Command, args []string) error {
			if err := t.checkOutput(); err != nil {
				return err
			}
			cluster, api, err := t.connect(command)
			if err != nil {
				return err
			}
			defer api.Close()
			return t.rebuild(command.Context(), cluster, api, args[0], options)
		},
	}
	flags := command.Flags()
	flags.StringVar(&options.confirm, "confirm", "", "Write the account, for the incident of this id.")
	flags.BoolVar(&options.acceptShortfall, "accept-shortfall", false, "Write it although less is recorded than was charged: what is missing is given away.")
	t.addOutput(command)
	return command
}

// report is what a rebuilding says.
type report struct {
	Namespace string `json:"namespace"`
	Instance  string `json:"instance"`
	// Incident is why charging has stopped; empty while it goes on.
	Incident string `json:"incident,omitempty"`
	Message  string `json:"message,omitempty"`
	// Records are those that the account was made from, Sequence the commit that it has.
	Records  int64 `json:"records"`
	Sequence int64 `json:"sequence"`
	// Shortfalls are what was charged and is not recorded.
	Shortfalls []audit.Finding `json:"shortfalls,omitempty"`
	// Findings are what differs from the account that was found.
	Findings []audit.Finding `json:"findings"`
	// OpenKept and AnswersKept are taken over from the account that was found; OpenDropped are transactions that are not.
	OpenKept    int      `json:"openKept"`
	AnswersKept int      `json:"answersKept"`
	OpenDropped []string `json:"openDropped,omitempty"`
	// Written tells that the account is stored. Accept is the incident to accept then.
	Written bool   `json:"written"`
	Accept  string `json:"accept,omitempty"`
}

func (t *tool) rebuild(ctx context.Context, cluster *access.Cluster, api *access.API, name string, options rebuildOptions) error {
	instance, err := cluster.Instance(ctx, name)
	if err != nil {
		return err
	}
	account := cluster.Account(name)
	evidence, err := audit.Gather(ctx, account.ID, api, account, 0)
	if err != nil {
		return err
	}
	rebuilt, err := audit.Rebuild(evidence, t.Clock.Now())
	if err != nil {
		return err
	}
	r := report{
		Namespace: account.ID.Namespace, Instance: account.ID.Name, Records: evidence.Recorded.Records, Sequence: rebuilt.Account.Sequence,
		Shortfalls: rebuilt.Shortfalls, Findings: rebuilt.Findings, OpenKept: len(rebuilt.Account.Open), AnswersKept: len(rebuilt.Account.Receipts), OpenDropped: rebuilt.Dropped,
		Written: rebuilt.Written,
	}
	halted := false
	r.Incident, r.Message, halted = access.Incident(instance)
	if options.confirm != "" && !rebuilt.Written {
		if err := options.confirmed(r, halted); err != nil {
			return err
		}
		parts, err := rebuilt.Parts()
		if err != nil {
			return err
		}
		if err := account.Replace(ctx, parts); err != nil {
			return err
		}
		r.Written = true
	}
	if r.Written {
		r.Accept = rebuilt.Incident()
	}
	return t.print(r, func() error { return t.printReport(r, halted) })
}

// confirmed tells whether the account may be written.
func (o rebuildOptions) confirmed(r report, halted bool) error {
	switch {
	case !halted:
		return errors.New("nothing was written: the operator charges on this Instance, or has not found out yet that the account is lost. " +
			"Look at the condition LedgerHealthy, or delete the account first")
	case r.Incident != o.confirm:
		return fmt.Errorf("nothing was written: charging has stopped for incident %q, not %q", r.Incident, o.confirm)
	case len(r.Shortfalls) > 0 && !o.acceptShortfall:
		messages := make([]string, 0, len(r.Shortfalls))
		for _, finding := range r.Shortfalls {
			messages = append(messages, finding.Message)
		}
		return fmt.Errorf("nothing was written: less is recorded than was charged, and the account would give it away: %s. "+
			"Restore the usage store first, set the right figures by hand, or repeat the command with --accept-shortfall as well", strings.Join(messages, "; "))
	}
	return nil
}

func (t *tool) printReport(r report, halted bool) error {
	var text strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	line("%s/%s: %d records make an account at commit %d", r.Namespace, r.Instance, r.Records, r.Sequence)
	if halted {
		line("Charging has stopped: incident %s", r.Incident)
	}
	if len(r.Shortfalls) > 0 {
		line("Less is recorded than was charged. The account would give away what is missing:")
	}
	for _, finding := range r.Shortfalls {
		line("  %s: %s", finding.Kind, finding.Message)
	}
	if len(r.Findings) == 0 {
		line("The account that was found says the same.")
	} else {
		line("The account that was found differs:")
	}
	for _, finding := range r.Findings {
		line("  %s: %s", finding.Kind, finding.Message)
	}
	line("Kept of it: %d open transactions, %d answers by idempotency key", r.OpenKept, r.AnswersKept)
	if len(r.OpenDropped) > 0 {
		line("Not kept, because their records say something else: open transactions %s", strings.Join(r.OpenDropped, ", "))
	}
	switch {
	case r.Written:
		line("\nThe account is written. Accept it, and charging goes on; then take the annotation away:")
		line("  kubectl annotate instance %s -n %s %s=%s --overwrite", r.Instance, r.Namespace, kubestore.AcceptLedgerAnnotation, r.Accept)
		line("  kubectl annotate instance %s -n %s %s-", r.Instance, r.Namespace, kubestore.AcceptLedgerAnnotation)
	case halted && len(r.Shortfalls) > 0:
		line("\nNothing was written. To write it nevertheless, repeat the command with --confirm %s --accept-shortfall", r.Incident)
	case halted:
		line("\nNothing was written. To write it, repeat the command with --confirm %s", r.Incident)
	default:
		line("\nNothing was written, and nothing can be: charging on this Instance has not stopped.")
	}
	return t.printf("%s", text.String())
}
