// Kubectl-licensing is a plugin of kubectl for who runs the licensing operator, and for who bills by it.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/cmd/kubectl-licensing/command"
)

// version is set by the linker.
var version string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	code := command.Execute(ctx, os.Args[1:], command.Environment{
		IOStreams: genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr},
		Clock:     clock.RealClock{}, Version: buildVersion(),
	})
	stop()
	os.Exit(code)
}

// buildVersion falls back on what the Go toolchain knows, for a binary made by go install or go build.
func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "dev"
}
