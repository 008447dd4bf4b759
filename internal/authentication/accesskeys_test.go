package authentication

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

func (w *world) mustAuthenticate(t *testing.T, token string) {
	t.Helper()
	if _, err := w.authenticate(token); err != nil {
		t.Fatal(err)
	}
}

func (w *world) mustRefuse(t *testing.T, token, want string) {
	t.Helper()
	_, err := w.authenticate(token)
	if refusal := (*Refusal)(nil); !errors.As(err, &refusal) || !strings.Contains(refusal.Message, want) {
		t.Fatalf("got %v, want %s", err, want)
	}
}

func mustAsk(t *testing.T, r *reader, times int) {
	t.Helper()
	if r.asked != times {
		t.Fatalf("the API server was asked %d times, want %d", r.asked, times)
	}
}

func TestAKeySavedOnAnotherReplicaWorksAtOnce(t *testing.T) {
	w := newWorld(t)
	w.live.keys = append(w.live.keys, accessKey(t, "new", acme, v1alpha1.AccessClient, "new", signers().ec.Public(), 0))
	token := sign(t, jwt.SigningMethodES256, signers().ec, confirmed("new", "CLIENT"))
	for range 3 {
		w.mustAuthenticate(t, token)
	}
	mustAsk(t, w.live, 1)
}

func TestAKeyReplacedOnAnotherReplicaWorksAtOnce(t *testing.T) {
	w := newWorld(t)
	w.live.keys = []v1alpha1.AccessKey{accessKey(t, "2", acme, v1alpha1.AccessClient, "app", signers().ec.Public(), 0)}
	w.live.keys[0].Generation = 2
	w.mustAuthenticate(t, sign(t, jwt.SigningMethodES256, signers().ec))
	mustAsk(t, w.live, 1)
}

func TestADeletedKeyIsUnknown(t *testing.T) {
	w := newWorld(t)
	token := sign(t, jwt.SigningMethodRS256, signers().rsa)
	w.mustAuthenticate(t, token)
	w.cached.keys, w.live.keys = nil, nil
	w.mustRefuse(t, token, `there is no client key with id "app"`)
}

func TestAKeyThatIsGoingAwayIsUnknown(t *testing.T) {
	w := newWorld(t)
	w.cached.keys[1].DeletionTimestamp = new(metav1.NewTime(start))
	w.mustRefuse(t, sign(t, jwt.SigningMethodRS256, signers().rsa), `there is no client key with id "app"`)
}

func TestGuessingAnIDAsksEveryTwoSeconds(t *testing.T) {
	w := newWorld(t)
	token := sign(t, jwt.SigningMethodRS256, signers().rsa, confirmed("guess", "CLIENT"))
	for range 100 {
		w.mustRefuse(t, token, `there is no client key with id "guess"`)
	}
	mustAsk(t, w.live, 1)
	w.clock.Step(liveFor - time.Millisecond)
	w.mustRefuse(t, token, "there is no client key")
	mustAsk(t, w.live, 1)
	w.clock.Step(2 * time.Millisecond)
	w.mustRefuse(t, token, "there is no client key")
	mustAsk(t, w.live, 2)
}

func TestGuessingManyIDsIsBounded(t *testing.T) {
	w := newWorld(t)
	guess := func(i int) string {
		return sign(t, jwt.SigningMethodRS256, signers().rsa, confirmed(fmt.Sprint("guess", i), "CLIENT"))
	}
	for i := range 50 {
		w.mustRefuse(t, guess(i), "there is no client key")
	}
	mustAsk(t, w.live, liveBurst)
	w.clock.Step(time.Second)
	for i := range 50 {
		w.mustRefuse(t, guess(i+50), "there is no client key")
	}
	mustAsk(t, w.live, liveBurst+livePerSecond)
}

func TestAnImpossibleIDAsksNobody(t *testing.T) {
	w := newWorld(t)
	w.mustRefuse(t, sign(t, jwt.SigningMethodRS256, signers().rsa, confirmed("no such/id", "CLIENT")), "there is no client key")
	mustAsk(t, w.live, 0)
	mustAsk(t, w.cached, 0)
}

func TestForgingForAKnownKeyAsksEveryTwoSeconds(t *testing.T) {
	w := newWorld(t)
	forged := sign(t, jwt.SigningMethodRS256, signers().otherRSA)
	for range 10 {
		w.mustRefuse(t, forged, "the token's signature does not match client key app")
	}
	mustAsk(t, w.live, 1)
}

func TestManyWhoWantANewKeyAskTogether(t *testing.T) {
	w := newWorld(t)
	w.live.keys = append(w.live.keys, accessKey(t, "new", acme, v1alpha1.AccessClient, "new", signers().ec.Public(), 0))
	token := sign(t, jwt.SigningMethodES256, signers().ec, confirmed("new", "CLIENT"))
	release := make(chan struct{})
	w.live.before = func() { <-release }
	var calls sync.WaitGroup
	for range 20 {
		calls.Go(func() {
			if _, err := w.authenticate(token); err != nil {
				t.Error(err)
			}
		})
	}
	close(release)
	calls.Wait()
	mustAsk(t, w.live, 1)
}

func TestACallThatGivesUpLeavesTheOthersTheirAnswer(t *testing.T) {
	w := newWorld(t)
	w.live.keys = append(w.live.keys, accessKey(t, "new", acme, v1alpha1.AccessClient, "new", signers().ec.Public(), 0))
	asked, release := make(chan struct{}), make(chan struct{})
	w.live.before = func() { close(asked); <-release }
	ctx, giveUp := context.WithCancel(context.Background())
	ref := KeyRef{acme, v1alpha1.AccessClient, "new"}
	gone := make(chan error)
	go func() {
		_, _, err := w.keys.LiveKey(ctx, ref)
		gone <- err
	}()
	<-asked
	giveUp()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("it did not give up: %v", err)
	}
	close(release)
	key, answered, err := w.keys.LiveKey(context.Background(), ref)
	if key == nil || !answered || err != nil {
		t.Errorf("got %v, %v, %v", key, answered, err)
	}
	mustAsk(t, w.live, 1)
}

func TestOfTwoKeysTheOlderStands(t *testing.T) {
	private := signers()
	token := sign(t, jwt.SigningMethodRS256, private.rsa)
	broken := accessKey(t, "broken", acme, v1alpha1.AccessClient, "app", private.rsa.Public(), 100)
	broken.Spec.PublicKey = "-----BEGIN PUBLIC KEY-----\nno key\n-----END PUBLIC KEY-----"
	older := accessKey(t, "older", acme, v1alpha1.AccessClient, "app", private.otherRSA.Public(), 10)
	younger := accessKey(t, "younger", acme, v1alpha1.AccessClient, "app", private.otherRSA.Public(), -10)
	for name, test := range map[string]struct {
		other v1alpha1.AccessKey
		want  string
	}{
		"the other is older":                  {older, "the token's signature does not match client key app"},
		"the other is younger":                {younger, ""},
		"the other is older and holds no key": {broken, `there is no client key with id "app"`},
	} {
		for _, order := range []string{"first", "last"} {
			t.Run(name+" and listed "+order, func(t *testing.T) {
				w := newWorld(t)
				if order == "first" {
					w.cached.keys = append([]v1alpha1.AccessKey{test.other}, w.cached.keys...)
				} else {
					w.cached.keys = append(w.cached.keys, test.other)
				}
				w.live.keys = w.cached.keys
				if test.want == "" {
					w.mustAuthenticate(t, token)
				} else {
					w.mustRefuse(t, token, test.want)
				}
			})
		}
	}
}

func TestNobodyIsAuthenticatedWithoutAnAPIServer(t *testing.T) {
	down := errors.New("connection refused")
	known := sign(t, jwt.SigningMethodRS256, signers().rsa)
	unknown := sign(t, jwt.SigningMethodRS256, signers().rsa, confirmed("new", "CLIENT"))
	forged := sign(t, jwt.SigningMethodRS256, signers().otherRSA)

	w := newWorld(t)
	w.live.err = down
	w.mustAuthenticate(t, known)
	w.mustRefuse(t, forged, "the token's signature does not match client key app")
	if _, err := w.authenticate(unknown); !errors.Is(err, ErrUnavailable) || !errors.Is(err, down) {
		t.Errorf("a key that may be new: %v", err)
	}

	w = newWorld(t)
	w.cached.err = down
	if _, err := w.authenticate(known); !errors.Is(err, ErrUnavailable) {
		t.Errorf("without informers: %v", err)
	}
}
