// Command cmd examines a licensing server for conformance with the published API and prints a report.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/licensing-operator/licensing-operator/test/conformance"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
	"github.com/licensing-operator/licensing-operator/test/conformance/namedusers"
)

const usage = `Examines a licensing server for conformance with the published API and prints a report.

A system that runs, whose sessions are charged in seconds (development.chargePeriod):

  conformance --base-url http://127.0.0.1:8080/namespaces/example --charge-period 10s \
    --admin-kid admin --admin-key admin.pem --client-kid client --client-key client.pem

With --kubeconfig and --users-namespace it examines version 2 of the API, too: it makes the vendor, the keys and the
licenses for it there by itself, and leaves them behind.

One that is started for the purpose, on this machine:

  conformance --embedded --replicas 3

`

// urls are a flag that may be given several times.
type urls []string

func (u *urls) String() string     { return fmt.Sprint(*u) }
func (u *urls) Set(s string) error { *u = append(*u, s); return nil }

type arguments struct {
	embedded                                bool
	replicas                                int
	adminKey, adminKid, clientKey, clientID string
	kubeconfig, usersNamespace              string
	json                                    string
	verbose                                 bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	passed, err := run(ctx)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	case !passed:
		os.Exit(1)
	}
}

func run(ctx context.Context) (passed bool, err error) {
	var a arguments
	var target conformance.Target
	// Not the flags of the whole program, among which a library has its own.
	flags := flag.NewFlagSet(os.Args[0], flag.ExitOnError)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), usage)
		flags.PrintDefaults()
	}
	flags.Var((*urls)(&target.BaseURLs), "base-url", "Where the system is; once for each replica.")
	flags.DurationVar(&target.ChargePeriod, "charge-period", 10*time.Second, "The system's development.chargePeriod.")
	flags.DurationVar(&target.IdleLimit, "idle-limit", 0, "The system's development.idleLimit, if it is short enough to wait for.")
	flags.StringVar(&target.Only, "only", "", "Leave out the cases without this in their title, such as 3.9.")
	flags.BoolVar(&target.Disposable, "disposable", false, "Nobody needs the system afterwards: risk also what a faulty one does not survive.")
	flags.StringVar(&a.adminKid, "admin-kid", "", "The id of the administration key.")
	flags.StringVar(&a.adminKey, "admin-key", "", "The file with its private half, PEM.")
	flags.StringVar(&a.clientID, "client-kid", "", "The id of the client key.")
	flags.StringVar(&a.clientKey, "client-key", "", "The file with its private half, PEM.")
	flags.BoolVar(&a.embedded, "embedded", false, "Start a system on this machine and examine it.")
	flags.IntVar(&a.replicas, "replicas", 1, "With --embedded, how many operator processes serve.")
	flags.StringVar(&a.kubeconfig, "kubeconfig", "", "The cluster in which the licenses for version 2 are made.")
	flags.StringVar(&a.usersNamespace, "users-namespace", "", "The namespace of the vendor for version 2.")
	flags.StringVar(&a.json, "json", "", "Write the report to this file too, as JSON.")
	flags.BoolVar(&a.verbose, "verbose", false, "Show what was got where it was as expected.")
	_ = flags.Parse(os.Args[1:]) // it exits on an error
	var users *namedusers.Target
	if a.embedded {
		if target.IdleLimit == 0 {
			target.IdleLimit = 9 * target.ChargePeriod
		}
		system, err := startEmbedded(ctx, a, target)
		if err != nil {
			return false, err
		}
		defer func() { err = errors.Join(err, system.Stop()) }()
		only := target.Only
		target = system.Target()
		target.Only = only
		usersTarget, err := system.NamedUsers(ctx)
		if err != nil {
			return false, err
		}
		users = &usersTarget
	} else {
		if err := a.readKeys(&target); err != nil {
			return false, err
		}
		if users, err = a.vendor(ctx, target); err != nil {
			return false, err
		}
	}
	report, err := conformance.Run(ctx, target)
	if err != nil {
		return false, err
	}
	if users != nil {
		users.Only = target.Only
		second, err := namedusers.Run(ctx, *users)
		if err != nil {
			return false, err
		}
		report = report.And(second)
	}
	report.Write(os.Stdout, a.verbose)
	return report.Passed(), a.writeJSON(report)
}

// vendor makes one for version 2 of the API, where the cluster is known.
func (a arguments) vendor(ctx context.Context, target conformance.Target) (*namedusers.Target, error) {
	if a.kubeconfig == "" || a.usersNamespace == "" {
		return nil, nil
	}
	config, err := clientcmd.BuildConfigFromFlags("", a.kubeconfig)
	if err != nil {
		return nil, err
	}
	var urls []string
	for _, url := range target.BaseURLs {
		host, _, _ := strings.Cut(url, "/namespaces/")
		urls = append(urls, host)
	}
	users, err := embedded.NamedUsers(ctx, config, a.usersNamespace, urls)
	return &users, err
}

func startEmbedded(ctx context.Context, a arguments, target conformance.Target) (*embedded.System, error) {
	fmt.Printf("Starting a control plane and %d operators ...\n", a.replicas)
	return embedded.Start(ctx, embedded.Options{Replicas: a.replicas, ChargePeriod: target.ChargePeriod, IdleLimit: target.IdleLimit})
}

func (a arguments) readKeys(target *conformance.Target) error {
	read := func(id, path string) (conformance.Signer, error) {
		text, err := os.ReadFile(path)
		if err != nil {
			return conformance.Signer{}, err
		}
		return conformance.ParseKey(id, text)
	}
	var adminErr, clientErr error
	target.Admin, adminErr = read(a.adminKid, a.adminKey)
	target.Client, clientErr = read(a.clientID, a.clientKey)
	return errors.Join(adminErr, clientErr)
}

func (a arguments) writeJSON(report examination.Report) error {
	if a.json == "" {
		return nil
	}
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(a.json, text, 0o600)
}
