package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

// recorded waits until everything is recorded that the account holds.
func (p *producer) recorded(t *testing.T, records int) {
	t.Helper()
	cluster.Eventually(t, "records", func(context.Context) error {
		if got := len(strings.Split(strings.TrimSpace(p.ledger(t, "export", cluster.InstanceName).out), "\n")); got < records { //nolint:contextcheck // it is the test's
			return fmt.Errorf("%d records, want %d", got, records)
		}
		return nil
	})
}

// goneOn waits for a further commit.
func (p *producer) goneOn(t *testing.T, after int64) {
	t.Helper()
	cluster.Eventually(t, "a further commit", func(ctx context.Context) error {
		account, _, err := shared.Store.LoadAccount(ctx, p.Account())
		if err == nil && account.Sequence <= after {
			err = fmt.Errorf("the account is at commit %d, want one after %d", account.Sequence, after)
		}
		return err
	})
}

func TestAnAccountIsVerifiedWhileItIsCharged(t *testing.T) {
	p := newProducer(t, "verified", 100_000)
	p.Claim(t, "first", "[{item: PhotoPrint, version: \"1.0\", count: \"1.5\"}]")
	p.Granted(t, "first")
	var charging sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	charging.Go(func() {
		for ctx.Err() == nil {
			_ = p.Rush(ctx, 20) // names that are taken are no harm: what matters is that something is charged
			for i := range 20 {
				session := &v1alpha1.Session{ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: cluster.RushName(i)}}
				_ = p.Client.Delete(ctx, session)
			}
		}
	})
	defer charging.Wait()
	defer cancel()
	last := int64(0)
	for range 4 {
		p.goneOn(t, last)
		var verdicts []audit.Verdict
		if err := json.Unmarshal([]byte(p.ledger(t, "verify", cluster.InstanceName, "-o", "json").expect(t, 0).out), &verdicts); err != nil {
			t.Fatal(err)
		}
		verdict := verdicts[0]
		if !verdict.Sound() || verdict.Sequence <= last || verdict.Compared.LineItems != 1 || verdict.Compared.Replayed != verdict.Compared.Records || len(verdict.Notes) > 0 {
			t.Fatalf("after commit %d: %+v", last, verdict)
		}
		last = verdict.Sequence
	}
	p.ledger(t, "verify", "--all", "--quick").expect(t, 0, p.Namespace+"/"+cluster.InstanceName+": equal", "0 records read one by one")
}

func TestABillIsExplained(t *testing.T) {
	p := newProducer(t, "explained", 1000)
	p.Claim(t, "lisa-barry", "[{item: PhotoPrint, version: \"1.0\", count: 10}, {item: CADPrint, version: \"2.0\", count: 1}]")
	p.Granted(t, "lisa-barry")
	p.Claim(t, "max", "[{item: CADPrint, version: \"2.0\", count: 200}]")
	p.Session(t, "max", cluster.Says(v1alpha1.ConditionGranted, "False NotEnoughTokens: denied: item CADPrint 2.0: count 200 at rate 7 requires 1400 tokens, 963 are available"))
	p.recorded(t, 3)
	p.ledger(t, "explain", cluster.InstanceName, "--session", "lisa-barry").
		expect(t, 0, "10 PhotoPrint 1.0 at 3 each from ACT01-Elastic by PublicationApps 1", "1 CADPrint 2.0 at 7 each", "Charged 37, refunded 0: used 37")
	p.ledger(t, "explain", cluster.InstanceName, "--requester", "LisaBarry").
		expect(t, 0, "Denial", "requires 1400 tokens, 963 are available", "used 37", "Refused: 1 of the items")
	var session v1alpha1.Session
	p.Get(t, "lisa-barry", &session)
	p.Delete(t, "lisa-barry", &v1alpha1.Session{})
	p.Gone(t, "lisa-barry", &v1alpha1.Session{})
	p.recorded(t, 5)
	byID := p.ledger(t, "explain", cluster.InstanceName, "--session", string(session.UID), "-o", "json").expect(t, 0)
	bill := billOf(t, byID)
	if got, want := p.summed(t, "session="+string(session.UID)), billed(bill); got != want {
		t.Errorf("aggregates say %s, the bill of the session %s", got, want)
	}
	byUser := billOf(t, p.ledger(t, "explain", cluster.InstanceName, "--requester", "LisaBarry", "-o", "json").expect(t, 0))
	if got, want := p.summed(t, "requester=LisaBarry"), billed(byUser); got != want {
		t.Errorf("aggregates say %s, the bill of the user %s", got, want)
	}
	if bill.Charged.String() != "37" || bill.Refunded == 0 || bill.Used != bill.Charged-bill.Refunded || len(bill.Lines) != 4 {
		t.Errorf("%s", byID)
	}
	p.ledger(t, "explain", cluster.InstanceName, "--session", "lisa-barry").expect(t, 2, `there is no Session "lisa-barry"`)
	p.ledger(t, "explain", cluster.InstanceName, "--requester", "Nobody").expect(t, 0, "Nothing is recorded of it.")
	p.ledger(t, "explain", cluster.InstanceName).expect(t, 2, "give --session or --requester")
	p.ledger(t, "explain", cluster.InstanceName, "--requester", "Max", "--from", "yesterday").expect(t, 2, `--from "yesterday" is not a time`)
}

func TestRecordsAreExportedAndGoneOnWith(t *testing.T) {
	p := newProducer(t, "exported", 1000)
	p.Claim(t, "first", "[{item: PhotoPrint, version: \"1.0\", count: 1}]")
	p.Granted(t, "first")
	p.recorded(t, 1)
	first := p.ledger(t, "export").expect(t, 0, `"tokens":"3"`, "Complete. Go on with --after ")
	_, position, _ := strings.Cut(strings.TrimSpace(first.errors), "--after ")
	p.ledger(t, "export", "--after", position).expect(t, 0)
	p.Claim(t, "second", "[{item: SignPrint, version: \"1.0\", count: 2}]")
	p.Granted(t, "second")
	p.recorded(t, 2)
	if further := p.ledger(t, "export", "--after", position).expect(t, 0, `"item":"SignPrint"`); strings.Contains(further.out, "PhotoPrint") {
		t.Errorf("%s", further)
	}
	for format, begins := range map[string]string{"csv": "id,", "parquet": "PAR1"} {
		file := filepath.Join(t.TempDir(), "records."+format)
		p.ledger(t, "export", cluster.InstanceName, "--format", format, "--file", file).expect(t, 0, "Complete.")
		if content, err := os.ReadFile(file); err != nil || !strings.Contains(string(content[:16]), begins) {
			t.Errorf("%s: %v %.40q", format, err, content)
		}
	}
	p.ledger(t, "export", "--format", "xls").expect(t, 2, `--format "xls" is not possible: ndjson, csv, parquet`)
	p.ledger(t, "export", "no-instance").expect(t, 0)
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	p := newProducer(t, "asked", 10)
	without := []string{"licensing", "ledger", "-n", p.Namespace}
	for name, test := range map[string]struct {
		args  []string
		texts []string
	}{
		"no instance": {append(without, "verify"), []string{"name Instances, or give --all"}},
		"no instances": {
			[]string{"licensing", "ledger", "-n", "default", "verify", "--all", "--token", "x", "--server-url", system.Replicas[0].URL},
			[]string{"namespace default has no Instance: nothing was verified"},
		},
		"no such instance": {
			append(without, "verify", cluster.InstanceName, "no-such-name", "--server-url", system.Replicas[0].URL),
			[]string{`there is no Instance "no-such-name" in namespace "` + p.Namespace + `", and neither an account nor a record of one`},
		},
		"no operator":      {append(without, "verify", "--all"), []string{"forward a port to the operator", "licensing-operator-rest", "--server-url"}},
		"a bad url":        {append(without, "verify", "--all", "--server-url", "licenses"), []string{`--server-url "licenses" must be like`}},
		"two tokens":       {append(without, "verify", "--all", "--token", "x", "--token-file", "y"), []string{"only one of --token, --token-file and --service-account"}},
		"no file":          {append(without, "verify", "--all", "--token-file", "/no/file"), []string{"--token-file", "no such file"}},
		"a bad token":      {append(without, "verify", "--all", "--token", "x", "--server-url", system.Replicas[0].URL), []string{"401 Unauthorized", "request "}},
		"no such flag":     {append(without, "verify", "--everything"), []string{"unknown flag: --everything", "verify --help"}},
		"a bad output":     {append(without, "verify", "--all", "-o", "xml"), []string{`--output "xml" is not possible: text, json, yaml`}},
		"two to rebuild":   {append(without, "rebuild", "a", "b"), []string{"name one Instance, 2 are named"}},
		"none to rebuild":  {append(without, "rebuild", "none", "--server-url", system.Replicas[0].URL), []string{`there is no Instance "none"`}},
		"not an authority": {append(without, "verify", "--all", "--server-url", "https://x", "--certificate-authority", "suite_test.go"), []string{"there is no certificate in suite_test.go"}},
	} {
		t.Run(name, func(t *testing.T) { p.kubectl(t, test.args...).expect(t, 2, test.texts...) })
	}
}

func TestItIsAPluginOfKubectl(t *testing.T) {
	p := newProducer(t, "plugin", 10)
	p.kubectl(t, "plugin", "list").expect(t, 0, "kubectl-licensing")
	p.kubectl(t, "licensing", "version").expect(t, 0, "v0-test")
	p.kubectl(t, "licensing", "ledger", "rebuild", "--help").expect(t, 0, "kubectl licensing ledger rebuild acme-def-inst -n example-producer", "--confirm")
	p.kubectl(t, "__complete", "licensing", "ledger", "verify", "-n", p.Namespace, "").expect(t, 0, cluster.InstanceName+"\n")
	p.kubectl(t, "__complete", "licensing", "ledger", "explain", "-o", "").expect(t, 0, "text\njson\nyaml\n")
	p.kubectl(t, "licensing", "completion", "bash").expect(t, 0, "bash completion")
}

func TestAServiceAccountVerifies(t *testing.T) {
	p := newProducer(t, "auditor", 10)
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: "auditor"}}
	if err := p.Client.Create(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	p.ledger(t, "verify", "--all", "--service-account", "auditor").expect(t, 2, "403 Forbidden")
	p.grant(t, "auditor")
	cluster.Eventually(t, "the role to count", func(context.Context) error {
		if r := p.ledger(t, "verify", cluster.InstanceName, "--service-account", "auditor"); r.code != 0 { //nolint:contextcheck // it is the test's
			return fmt.Errorf("%s", r)
		}
		return nil
	})
}
