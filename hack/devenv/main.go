// Devenv brings up a Kubernetes API on this machine with the operator on it, to try the operator or to watch it at work.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

var errUsage = errors.New(`usage:
  devenv run [--data-dir DIR] [--development-charge-period DURATION]
  devenv demo`)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := command(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	flags := flag.NewFlagSet(args[0], flag.ExitOnError)
	switch args[0] {
	case "run":
		var o options
		flags.StringVar(&o.dataDir, "data-dir", "", "Keep everything here, for another run to go on with. Without, it is removed in the end.")
		flags.DurationVar(&o.chargePeriod, "development-charge-period", 0, "Charge sessions this often, instead of every hour.")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return run(ctx, o)
	case "demo":
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return runDemo(ctx)
	}
	return errUsage
}
