package authentication

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	authenticationclient "k8s.io/client-go/kubernetes/typed/authentication/v1"
)

// reviewer is an API server that gives every token the same review.
type reviewer struct {
	authenticationclient.TokenReviewInterface

	status authenticationv1.TokenReviewStatus
	err    error
	asked  []authenticationv1.TokenReviewSpec
}

func (r *reviewer) Create(_ context.Context, review *authenticationv1.TokenReview, _ metav1.CreateOptions) (*authenticationv1.TokenReview, error) {
	r.asked = append(r.asked, review.Spec)
	if r.err != nil {
		return nil, r.err
	}
	return &authenticationv1.TokenReview{Status: r.status}, nil
}

const build = "system:serviceaccount:acme:build"

func TestTokensOfTheCluster(t *testing.T) {
	known := authenticationv1.TokenReviewStatus{Authenticated: true, User: authenticationv1.UserInfo{
		Username: build, UID: "u", Groups: []string{"system:serviceaccounts"}, Extra: map[string]authenticationv1.ExtraValue{"pod": {"a"}},
	}}
	nobodys := known
	nobodys.User.Username = "system:anonymous"
	nameless := known
	nameless.User.Username = ""
	ours := known
	ours.Audiences = []string{"licensing"}
	down := errors.New("connection refused")
	for name, test := range map[string]struct {
		reviewer  reviewer
		audiences []string
		refused   string
	}{
		"known":                            {reviewer{status: known}, nil, ""},
		"known, for the audience":          {reviewer{status: ours}, []string{"other", "licensing"}, ""},
		"refused":                          {reviewer{status: authenticationv1.TokenReviewStatus{Error: "token has expired"}}, nil, "refused by the API server: token has expired"},
		"anonymous":                        {reviewer{status: nobodys}, nil, "it is nobody's"},
		"without a name":                   {reviewer{status: nameless}, nil, "it is nobody's"},
		"for another audience":             {reviewer{status: ours}, []string{"other"}, `it is for none of the audiences ["other"]`},
		"audiences are unknown there":      {reviewer{status: known}, []string{"licensing"}, "it is for none of the audiences"},
		"the API server cannot be reached": {reviewer{err: down}, nil, "unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Cluster = NewTokenReviewer(&test.reviewer, test.audiences)
			token := sign(t, jwt.SigningMethodRS256, signers().otherRSA, without("cnf"))
			caller, err := w.authenticate(token)
			_, again := w.authenticate(token)
			if fmt.Sprint(err) != fmt.Sprint(again) || len(test.reviewer.asked) != 1 {
				t.Errorf("asked %d times, then %v", len(test.reviewer.asked), again)
			}
			if spec := test.reviewer.asked[0]; spec.Token != token || len(spec.Audiences) != len(test.audiences) {
				t.Errorf("asked about %+v", spec)
			}
			switch refusal := (*Refusal)(nil); {
			case test.refused == "unavailable":
				if !errors.Is(err, ErrUnavailable) || !errors.Is(err, down) {
					t.Errorf("got %v", err)
				}
			case test.refused != "":
				if !errors.As(err, &refusal) || !strings.Contains(err.Error(), test.refused) {
					t.Fatalf("got %v, want %s", err, test.refused)
				}
				if strings.Contains(refusal.Message, test.refused) {
					t.Errorf("the caller is told what only the log should have: %s", refusal.Message)
				}
			case err != nil:
				t.Error(err)
			default:
				if caller.Kind != ServiceAccount || caller.Name != build || caller.User.GetGroups()[0] != "system:serviceaccounts" ||
					caller.User.GetUID() != "u" || caller.User.GetExtra()["pod"][0] != "a" {
					t.Errorf("caller %+v of user %+v", caller, caller.User)
				}
			}
		})
	}
}

func TestOurTokensAreNotShownToTheCluster(t *testing.T) {
	w := newWorld(t)
	everybody := &reviewer{status: authenticationv1.TokenReviewStatus{Authenticated: true, User: authenticationv1.UserInfo{Username: build}}}
	w.Cluster = NewTokenReviewer(everybody, nil)
	w.mustAuthenticate(t, sign(t, jwt.SigningMethodRS256, signers().rsa))
	w.mustRefuse(t, sign(t, jwt.SigningMethodRS256, signers().otherRSA), "signature does not match")
	if len(everybody.asked) != 0 {
		t.Errorf("the cluster was asked about %d tokens", len(everybody.asked))
	}
}
