// Command users measures a license with many named users on the embedded control plane: how fast an operator process
// takes over users that are declared, provisions units over REST, one by one and in batches, and finds a user's licenses,
// and how much memory it has then.
//
// It prints a Markdown table. Callers, operator, kube-apiserver and etcd share the machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
)

type arguments struct {
	users, callers, batch int
	duration              time.Duration
}

func main() {
	var a arguments
	flag.IntVar(&a.users, "users", 10_000, "how many users the license has")
	flag.IntVar(&a.callers, "callers", 16, "how many callers ask at once")
	flag.IntVar(&a.batch, "batch", 500, "how many values a batch has")
	flag.DurationVar(&a.duration, "duration", 10*time.Second, "how long calls of one kind are measured")
	flag.Parse()
	ctrllog.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, a); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, a arguments) (err error) {
	system, err := embedded.Start(ctx, embedded.Options{ChargePeriod: time.Minute})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, system.Stop()) }()
	fixture, err := newFixture(ctx, system, a)
	if err != nil {
		return err
	}
	var rows []row
	for _, step := range []func(context.Context) ([]row, error){
		fixture.memory("before there is any user"),
		fixture.declareUsers,
		fixture.memory("with the users, each holding one unit"),
		fixture.provisionOneByOne,
		fixture.provisionInBatches,
		fixture.memory("with some of them holding three units"),
		fixture.byUser(1),
		fixture.byUser(a.callers),
		fixture.addUsers,
		fixture.memory("at the end"),
	} {
		measured, err := step(ctx)
		if err != nil {
			return err
		}
		for _, r := range measured {
			fmt.Fprintln(os.Stderr, r)
		}
		rows = append(rows, measured...)
	}
	fmt.Printf("Measured on %d cores, with %d users on one license with %d limitations; callers, operator, kube-apiserver and etcd share the cores.\n\n",
		runtime.NumCPU(), a.users, limitations)
	fmt.Print("| what | per second | p50 | p99 | |\n|---|---:|---:|---:|---|\n")
	for _, r := range rows {
		fmt.Println(r)
	}
	return nil
}
