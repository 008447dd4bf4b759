// The licensing-operator charges software licenses that Kubernetes objects describe.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/spf13/pflag"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/internal/config"
)

// version is set by the linker.
var version string

func main() {
	flags := pflag.NewFlagSet("licensing-operator", pflag.ContinueOnError)
	flags.SortFlags = false
	// The flag --kubeconfig is controller-runtime's.
	flags.AddGoFlagSet(flag.CommandLine)
	showVersion := flags.Bool("version", false, "Print the version and exit.")
	configuration, err := config.Load(flags, os.Args[1:])
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	case *showVersion:
		fmt.Fprintln(os.Stdout, buildVersion())
		return
	}

	configuration = configuration.WithNamespace()
	log := configuration.Log.Logger(os.Stderr)
	ctrl.SetLogger(log)
	klog.SetLogger(log)
	log.Info("Starting the licensing operator", "version", buildVersion(), "configuration", configuration)
	if configuration.InDevelopment() {
		log.Info("WARNING: development.chargePeriod is set, never do this in production: sessions are charged far more often than agreed",
			"chargePeriod", configuration.Development.ChargePeriod)
	}
	if err := run(ctrl.SetupSignalHandler(), configuration, log); err != nil {
		log.Error(err, "The licensing operator failed")
		os.Exit(1)
	}
	log.Info("The licensing operator has stopped")
}

// buildVersion falls back on what the Go toolchain knows, for a binary made by go install or go build.
func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
