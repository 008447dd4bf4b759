package integration

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

var incidents = []story{
	{"claims wait while the account is gone, and go on where it was when it is put back", restoredAccount},
	{"the loss of an account is accepted with the command that the instance tells", lostAccount},
	{"an account that was edited by hand stops charging until that is accepted", editedAccount},
	{"an account from an older backup stops charging until that is accepted", olderAccount},
}

// read gives the ConfigMap of the account, and the account.
func read(ctx context.Context, p cluster.Producer) (*corev1.ConfigMap, *ledger.Account, error) {
	object, err := shared.Accounts.Get(ctx, kubestore.AccountName(p.Account()), metav1.GetOptions{})
	if err != nil {
		return nil, nil, err
	}
	account, err := ledger.Decode(object.Data)
	return object, account, err
}

func stored(t *testing.T, p cluster.Producer) *ledger.Account {
	t.Helper()
	_, account, err := read(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return account
}

// atRest waits until the account has nothing open and the Instance remembers it, and gives its ConfigMap.
func atRest(t *testing.T, p cluster.Producer) *corev1.ConfigMap {
	t.Helper()
	var object *corev1.ConfigMap
	cluster.Eventually(t, "the instance to remember its account", func(ctx context.Context) error {
		read, account, err := read(ctx, p)
		if err != nil {
			return err
		}
		object = read
		var instance v1alpha1.Instance
		if err := p.Read(ctx, cluster.InstanceName, &instance); err != nil {
			return err
		}
		if seen := instance.Status.Ledger; len(account.Open) > 0 || seen == nil || *seen.Sequence != account.Sequence {
			return fmt.Errorf("commit %d with %d open transactions, the instance has seen %+v", account.Sequence, len(account.Open), seen)
		}
		return nil
	})
	return object
}

// put replaces the ConfigMap of the account by an administrator's hand.
func put(t *testing.T, p cluster.Producer, data map[string]string) {
	t.Helper()
	cluster.Eventually(t, "the account to be written by hand", func(ctx context.Context) error {
		object, _, err := read(ctx, p)
		if err != nil {
			return err
		}
		object.Data = data
		_, err = shared.Accounts.Update(ctx, object, metav1.UpdateOptions{})
		return err
	})
}

// halted waits until the Instance says that charging has stopped, and checks that a new claim waits. It gives what the
// Instance says.
func halted(t *testing.T, p cluster.Producer, reason, found string) string {
	t.Helper()
	message := ""
	cluster.Eventually(t, "charging to stop", func(ctx context.Context) error {
		var instance v1alpha1.Instance
		if err := p.Read(ctx, cluster.InstanceName, &instance); err != nil {
			return err
		}
		healthy := cluster.Condition(instance.Status.Conditions, v1alpha1.ConditionLedgerHealthy)
		message = cluster.Condition(instance.Status.Conditions, v1alpha1.ConditionReady)
		if !strings.HasPrefix(healthy, "False "+reason+": ") || !strings.Contains(healthy, found) || message != healthy {
			return fmt.Errorf("LedgerHealthy is %q, Ready is %q", healthy, message)
		}
		return nil
	})
	p.Claim(t, "waiting", published)
	p.Session(t, "waiting", func(session *v1alpha1.Session) error {
		if session.Status.Denied != nil {
			return fmt.Errorf("denied: %+v", session.Status.Denied)
		}
		got := cluster.Condition(session.Status.Conditions, v1alpha1.ConditionStalled)
		if !strings.HasPrefix(got, "True LedgerNotHealthy: charging on Instance ") {
			return fmt.Errorf("stalled is %q", got)
		}
		return cluster.Says(v1alpha1.ConditionGranted, "Unknown Pending: the claim is not decided yet")(session)
	})
	return message
}

// accept does what the Instance says.
func accept(t *testing.T, message string) {
	t.Helper()
	command := regexp.MustCompile(`kubectl (annotate .*)$`).FindStringSubmatch(message)
	if command == nil {
		t.Fatalf("no command in %q", message)
	}
	if output, err := plane.Kubectl(t.Context(), strings.Fields(command[1])...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
}

// byHand is the movement of tokens that an administrator accepted, and after which commit.
func byHand(kind licensing.EntryKind, tokens licensing.Tokens, after int64) []*ledger.Transaction {
	return []*ledger.Transaction{{ID: "by hand", Sequence: after, Entries: []licensing.Entry{{
		Kind: kind, ActivationID: cluster.ActivationID, Tokens: tokens,
	}}}}
}

func restoredAccount(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	p.Claim(t, "before", published)
	p.Granted(t, "before")
	backup := atRest(t, p)
	if err := shared.Accounts.Delete(t.Context(), backup.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	halted(t, p, v1alpha1.ReasonAccountMissing, "the account is missing; its last known commit is ")
	backup.ObjectMeta = metav1.ObjectMeta{Name: backup.Name, Labels: backup.Labels}
	if _, err := shared.Accounts.Create(t.Context(), backup, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	p.Granted(t, "waiting")
	if used := stored(t, p).Usage[cluster.ActivationID]; used != 88*licensing.Token {
		t.Errorf("used %s, want 88", used)
	}
	checkInvariants(t, p)
}

func lostAccount(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	p.Claim(t, "before", published)
	p.Granted(t, "before")
	before := stored(t, p)
	object := atRest(t, p)
	if err := shared.Accounts.Delete(t.Context(), object.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	accept(t, halted(t, p, v1alpha1.ReasonAccountMissing, "the account is missing"))
	p.Granted(t, "waiting")
	after := stored(t, p)
	if after.Usage[cluster.ActivationID] != 44*licensing.Token || after.Sequence <= before.Sequence {
		t.Errorf("used %s at commit %d, want 44 after commit %d", after.Usage[cluster.ActivationID], after.Sequence, before.Sequence)
	}
	healthy(t, p)
	checkScenario(t, cluster.Scenario{Account: p.Account(), Tampered: true, ByHand: byHand(licensing.EntryRefund, 44*licensing.Token, before.Sequence)})
}

func healthy(t *testing.T, p cluster.Producer) {
	t.Helper()
	cluster.Eventually(t, "charging to go on", func(ctx context.Context) error {
		var instance v1alpha1.Instance
		if err := p.Read(ctx, cluster.InstanceName, &instance); err != nil {
			return err
		}
		if got := cluster.Condition(instance.Status.Conditions, v1alpha1.ConditionLedgerHealthy); !strings.HasPrefix(got, "True LedgerInOrder: ") {
			return fmt.Errorf("LedgerHealthy is %q", got)
		}
		return nil
	})
}

func editedAccount(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	p.Claim(t, "before", published)
	p.Granted(t, "before")
	object := atRest(t, p)
	before := stored(t, p)
	object.Data[ledger.PartUsage] = strings.Replace(object.Data[ledger.PartUsage], "44", "40", 1)
	put(t, p, object.Data)
	accept(t, halted(t, p, v1alpha1.ReasonHashChainBroken, "the account was changed by somebody else than the ledger"))
	p.Granted(t, "waiting")
	after := stored(t, p)
	if after.Usage[cluster.ActivationID] != 84*licensing.Token || after.Sequence <= before.Sequence {
		t.Errorf("used %s at commit %d, want 40 + 44 after commit %d", after.Usage[cluster.ActivationID], after.Sequence, before.Sequence)
	}
	healthy(t, p)
	checkScenario(t, cluster.Scenario{Account: p.Account(), Tampered: true, ByHand: byHand(licensing.EntryRefund, 4*licensing.Token, before.Sequence)})
}

func olderAccount(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	p.Claim(t, "before", published)
	p.Granted(t, "before")
	backup := atRest(t, p)
	p.Claim(t, "between", three)
	p.Granted(t, "between")
	newest, err := ledger.Decode(atRest(t, p).Data)
	if err != nil {
		t.Fatal(err)
	}
	put(t, p, backup.Data)
	accept(t, halted(t, p, v1alpha1.ReasonSequenceWentBack, "an older state was restored"))
	p.Granted(t, "waiting")
	after := stored(t, p)
	if after.Usage[cluster.ActivationID] != 88*licensing.Token || after.Sequence <= newest.Sequence {
		t.Errorf("used %s at commit %d, want 88 after commit %d", after.Usage[cluster.ActivationID], after.Sequence, newest.Sequence)
	}
	healthy(t, p)
	// The session that the backup knows nothing of is refunded what it was not charged for any more: nothing beyond use.
	if err := shared.Client.Delete(t.Context(), &v1alpha1.Session{ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: "between"}}); client.IgnoreNotFound(err) != nil {
		t.Fatal(err)
	}
	p.Gone(t, "between", &v1alpha1.Session{})
	checkScenario(t, cluster.Scenario{Account: p.Account(), Tampered: true, ByHand: byHand(licensing.EntryRefund, 12*licensing.Token, newest.Sequence)})
}
