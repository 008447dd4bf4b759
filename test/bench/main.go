// Command bench measures charges through the ledger beside what the API server does without it, in one run on the
// embedded control plane: status updates of distinct custom resources, ConfigMap updates, and the naive operator, which
// reads, checks and updates one hot custom resource and tries again on conflict.
//
// It prints a Markdown table. With -o it also puts the table into a document, between two marker lines.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

var callers = []int{1, 16, 64, 256}

func main() {
	var (
		duration = flag.Duration("duration", 4*time.Second, "how long each measurement lasts")
		rounds   = flag.Int("rounds", 3, "how often each measurement is made; the median round counts")
		only     = flag.Int("callers", 0, "measure with this many callers only")
		subject  = flag.String("subject", "", "measure only what begins with these words")
		profile  = flag.String("cpuprofile", "", "a file to write a CPU profile of the callers and the ledger to")
		document = flag.String("o", "", "a Markdown document to put the table into")
	)
	flag.Parse()
	if *only > 0 {
		callers = []int{*only}
	}
	ctrllog.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := profiled(*profile, func() error { return run(ctx, *subject, *duration, *rounds, *document) }); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func profiled(path string, run func() error) error {
	if path == "" {
		return run()
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	err = run()
	pprof.StopCPUProfile()
	return errors.Join(err, file.Close())
}

func run(ctx context.Context, only string, duration time.Duration, rounds int, document string) error {
	plane, err := controlplane.Start(ctx, controlplane.Options{Install: true})
	if err != nil {
		return err
	}
	defer func() { _ = plane.Stop() }()
	sync, err := measureSync(plane.Dir)
	if err != nil {
		return err
	}
	fixture, err := newFixture(ctx, plane.Config)
	if err != nil {
		return err
	}
	defer fixture.close(ctx)
	subjects := []subject{
		{"status updates of distinct custom resources", fixture.statusUpdate},
		{"updates of distinct ConfigMaps", fixture.configMapUpdate},
		{"the naive operator on one hot custom resource", fixture.naiveCharge},
		{"charges through the ledger on one hot account", fixture.charge},
	}
	subjects = slices.DeleteFunc(subjects, func(s subject) bool { return !strings.HasPrefix(s.name, only) })
	results, err := measureAll(ctx, subjects, callers, rounds, duration)
	if err != nil {
		return err
	}
	if err := fixture.verify(ctx); err != nil {
		return err
	}
	report := render(results, runtime.NumCPU(), sync)
	fmt.Print(report)
	if document == "" {
		return nil
	}
	return writeInto(document, report)
}
