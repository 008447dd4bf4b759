package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/licensing-operator/licensing-operator/cmd/kubectl-licensing/access"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
)

type verifyOptions struct{ all, quick, retention bool }

func (t *tool) newVerify() *cobra.Command {
	var options verifyOptions
	command := &cobra.Command{
		Use: "verify INSTANCE...", Short: "Prove that accounts are what their usage records add up to",
		Long: `Prove that accounts are what their usage records add up to, or name each difference.

The operator may go on charging: the two are compared at one commit of the account. Every record is read and held against
its seal, and all of them against the totals that the store keeps, and against its sums by month, from which bills are
written. What waits for the store, and what is committed and not recorded yet, counts.

A known difference between figures can be accepted on the Instance, by its id.

Each Instance is looked at, whatever was found of those before it. Exit code 0 says that all are equal, or differ by what is
accepted, 1 that some are not, 2 that it could not be found out of some: why is printed to the standard error, and verdicts
on the others are printed all the same, among which some may be NOT EQUAL. JSON and YAML have the verdicts there are.`,
		Example: `  # One Instance
  kubectl licensing ledger verify acme-def-inst -n example-producer --token-file token

  # All Instances of a namespace, against the totals only, for a machine to read
  kubectl licensing ledger verify --all --quick -o json --service-account auditor`,
		ValidArgsFunction: t.completeInstances,
		RunE: func(command *cobra.Command, args []string) error {
			if options.all == (len(args) > 0) {
				return errors.New("name Instances, or give --all")
			}
			if err := t.checkOutput(); err != nil {
				return err
			}
			return t.verify(command, args, options)
		},
	}
	flags := command.Flags()
	flags.BoolVar(&options.all, "all", false, "All Instances of the namespace.")
	flags.BoolVar(&options.quick, "quick", false, "Do not read every record: compare the account with the totals that the store keeps, and these with its sums by line item.")
	flags.BoolVar(&options.retention, "retention", false, "Old records are dropped (usage.retention is set): that whole months are gone is no finding.")
	t.addOutput(command)
	return command
}

func (t *tool) verify(command *cobra.Command, names []string, options verifyOptions) error {
	cluster, api, err := t.connect(command)
	if err != nil {
		return err
	}
	defer api.Close()
	if options.all {
		if names, err = cluster.Instances(command.Context()); err != nil {
			return err
		}
		if len(names) == 0 {
			return fmt.Errorf("namespace %s has no Instance: nothing was verified", cluster.Namespace)
		}
	}
	verdicts := make([]audit.Verdict, 0, len(names))
	for _, name := range names {
		verdict, err := t.verdict(command.Context(), cluster, api, name, options)
		if err != nil {
			err = fmt.Errorf("instance %s: %w", name, err)
			if len(names) == 1 {
				return err
			}
			_, _ = fmt.Fprintf(t.ErrOut, "error: %v\n", err)
			if command.Context().Err() != nil {
				break
			}
			continue
		}
		verdicts = append(verdicts, verdict)
		if t.output == asText {
			if err := t.printVerdict(verdict); err != nil {
				return err
			}
		}
	}
	if err := t.print(verdicts, func() error { return nil }); err != nil {
		return err
	}
	return outcome(verdicts, len(names))
}

// outcome is what the exit code says of as many Instances.
func outcome(verdicts []audit.Verdict, instances int) error {
	refuted := len(slices.DeleteFunc(slices.Clone(verdicts), audit.Verdict.Agreed))
	switch unknown := instances - len(verdicts); {
	case unknown > 0:
		return fmt.Errorf("%d of %d Instances could not be verified; %d of the others are NOT EQUAL", unknown, instances, refuted)
	case refuted > 0:
		return errRefuted
	}
	return nil
}

// The account and the records are read at one commit. Should that ever not be so, a second look is cheap, and a real
// difference is still there.
const (
	looks     = 3
	lookAgain = 2 * time.Second
)

func (t *tool) verdict(ctx context.Context, cluster *access.Cluster, api *access.API, name string, options verifyOptions) (audit.Verdict, error) {
	// The Instance itself may be gone: its account and its records stay.
	account := cluster.Account(name)
	audited := audit.Options{Retention: options.retention}
	for look := 1; ; look++ {
		evidence, err := audit.Gather(ctx, account.ID, api, account, 0)
		if err != nil {
			return audit.Verdict{}, err
		}
		if evidence.Unknown() {
			return audit.Verdict{}, fmt.Errorf("there is no Instance %q in namespace %q, and neither an account nor a record of one: choose another namespace with -n", name, cluster.Namespace)
		}
		if options.quick {
			if err := evidence.CompareSums(ctx, api); err != nil {
				return audit.Verdict{}, err
			}
		}
		verdict := audit.Verify(evidence, nil, audited)
		if !verdict.Sound() && look < looks {
			select {
			case <-t.Clock.After(lookAgain):
				continue
			case <-ctx.Done():
				return audit.Verdict{}, ctx.Err()
			}
		}
		if options.quick {
			err := verdict.Settle(ctx, account)
			return verdict, err
		}
		replay, err := audit.Replayed(ctx, evidence, api)
		if err != nil {
			return audit.Verdict{}, err
		}
		verdict = audit.Verify(evidence, replay, audited)
		err = verdict.Settle(ctx, account)
		return verdict, err
	}
}

func (t *tool) printVerdict(verdict audit.Verdict) error {
	compared := verdict.Compared
	word := "equal"
	switch {
	case verdict.Accepted:
		word = "equal but for the accepted difference " + verdict.Difference
	case !verdict.Sound():
		word = fmt.Sprintf("NOT EQUAL, %d findings", len(verdict.Findings))
	}
	lines := fmt.Sprintf("%s/%s: %s\n", verdict.Namespace, verdict.Instance, word)
	lines += fmt.Sprintf("  compared at commit %d: %d records, %d newer ones, %d waiting for the store, %d not recorded yet\n",
		verdict.Sequence, compared.Records, compared.Stored, compared.Spilled, compared.Open)
	lines += fmt.Sprintf("  figures: %d line items, %d allocations, %d limitations; %d records read one by one\n",
		compared.LineItems, compared.Allocations, compared.Limitations, compared.Replayed)
	for _, note := range verdict.Notes {
		lines += "  note: " + note + "\n"
	}
	for _, finding := range verdict.Findings {
		lines += fmt.Sprintf("  %s: %s\n", finding.Kind, finding.Message)
	}
	if verdict.Difference != "" && !verdict.Accepted {
		lines += fmt.Sprintf("  If its cause is known, and it is to stay, accept this difference and no other one:\n    kubectl annotate instance %s -n %s %s=%s --overwrite\n",
			verdict.Instance, verdict.Namespace, kubestore.AcceptDifferenceAnnotation, verdict.Difference)
	}
	return t.printf("%s", lines)
}
