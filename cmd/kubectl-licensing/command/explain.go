package command

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
)

type explainOptions struct {
	window

	session, requester string
}

func (t *tool) newExplain() *cobra.Command {
	var options explainOptions
	command := &cobra.Command{
		Use: "explain INSTANCE (--session NAME|ID | --requester VALUE)", Short: "Explain a session's or a user's bill line by line",
		Long: `Explain what a session or a user was charged, line by line, with what is used after each line.

The lines are usage records in the order in which they were committed. What was charged in the last moments may not be
recorded yet. Where old records were dropped, it says since when the bill is complete.

Exit code 2 says that there is no bill: the Instance or the Session is not there, and nothing is recorded of it, or the
session is another Instance's. An Instance that was deleted is explained by its records.`,
		Example: `  # A session, by the name of its object or by the id that its client knows
  kubectl licensing ledger explain acme-def-inst -n example-producer --session lisa-barry --token-file token

  # A user in November
  kubectl licensing ledger explain acme-def-inst --requester LisaBarry --from 2026-11-01 --to 2026-12-01 --token-file token`,
		Args: oneInstance, ValidArgsFunction: t.completeInstance,
		RunE: func(command *cobra.Command, args []string) error {
			if (options.session == "") == (options.requester == "") {
				return errors.New("give --session or --requester, one of them")
			}
			if err := t.checkOutput(); err != nil {
				return err
			}
			return t.explain(command, args[0], options)
		},
	}
	options.addFlags(command)
	command.Flags().StringVar(&options.session, "session", "", "The session: the name of its object in the namespace, or its id.")
	command.Flags().StringVar(&options.requester, "requester", "", "The value of the requester on whose behalf it was asked for, as a user's id.")
	t.addOutput(command)
	return command
}

func (t *tool) explain(command *cobra.Command, instance string, options explainOptions) error {
	from, to, err := options.times()
	if err != nil {
		return err
	}
	cluster, api, err := t.connect(command)
	if err != nil {
		return err
	}
	defer api.Close()
	query := usage.Query{Namespace: cluster.Namespace, Instances: []string{instance}, From: from, To: to}
	about := "session " + options.session
	if options.requester != "" {
		query.Requesters = []string{options.requester}
		about = "requester " + options.requester
	} else if query.Sessions, err = sessions(command.Context(), cluster, instance, options.session); err != nil {
		return err
	}
	bill, err := audit.Explain(api.Records(command.Context(), query))
	if err != nil {
		return err
	}
	if len(bill.Lines) == 0 {
		if err := mistaken(command.Context(), cluster, api, query); err != nil {
			return err
		}
	}
	of := usage.Account{Namespace: cluster.Namespace, Instance: instance}
	if bill.Dropped, err = audit.DroppedSince(command.Context(), from, of, api); err != nil {
		return err
	}
	return t.print(bill, func() error { return t.printBill(fmt.Sprintf("%s/%s: %s", cluster.Namespace, instance, about), bill) })
}

func (t *tool) printBill(title string, bill audit.Bill) error {
	if err := t.printf("%s\n", title); err != nil {
		return err
	}
	if bill.Dropped != nil {
		if err := t.printf("Incomplete: %s\n", bill.Dropped); err != nil {
			return err
		}
	}
	if len(bill.Lines) == 0 {
		return t.printf("Nothing is recorded of it.\n")
	}
	rows := [][]string{{"TIME", "COMMIT", "KIND", "REASON", "WHAT", "CHANGE", "USED"}}
	for _, line := range bill.Lines {
		rows = append(rows, []string{
			line.Time.UTC().Format(time.RFC3339), fmt.Sprint(line.Sequence), string(line.Kind), line.Reason, line.Text, line.Change.String(), line.Sum.String(),
		})
	}
	if err := t.table(rows); err != nil {
		return err
	}
	if err := t.printf("\nCharged %s, refunded %s: used %s\n", bill.Charged, bill.Refunded, bill.Used); err != nil {
		return err
	}
	for _, share := range bill.LineItems {
		if err := t.printf("  %s of line item %s\n", share.Used, share.ActivationID); err != nil {
			return err
		}
	}
	if bill.Denials > 0 {
		return t.printf("Refused: %d of the items\n", bill.Denials)
	}
	return nil
}
