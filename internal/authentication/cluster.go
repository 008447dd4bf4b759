package authentication

import (
	"context"
	"errors"
	"fmt"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	tokencache "k8s.io/apiserver/pkg/authentication/token/cache"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/authorization/authorizerfactory"
	authenticationclient "k8s.io/client-go/kubernetes/typed/authentication/v1"
	authorizationclient "k8s.io/client-go/kubernetes/typed/authorization/v1"
)

const (
	// What the API server said is believed this long. A refusal is forgotten sooner: people grant, then try again.
	believedFor, refusedFor = 10 * time.Second, 2 * time.Second
	reviewTimeout           = 5 * time.Second
)

// errUnknownToken reports a token that the API server does not accept.
var errUnknownToken = errors.New("refused by the API server")

// NewTokenReviewer lets the API server say whose token it is. The token must be for one of the audiences; without any, for
// the API server itself. The authenticator of k8s.io/apiserver is not used: with it a refused token looks like an API
// server that is down, and every refused token asks again.
func NewTokenReviewer(reviews authenticationclient.TokenReviewInterface, audiences []string) authenticator.Token {
	return tokencache.New(&tokenReviewer{reviews: reviews, audiences: audiences}, true, believedFor, refusedFor)
}

type tokenReviewer struct {
	reviews   authenticationclient.TokenReviewInterface
	audiences authenticator.Audiences
}

// AuthenticateToken implements authenticator.Token.
func (r *tokenReviewer) AuthenticateToken(ctx context.Context, token string) (*authenticator.Response, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, reviewTimeout)
	defer cancel()
	review := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token, Audiences: r.audiences}}
	review, err := r.reviews.Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return nil, false, fmt.Errorf("review a token: %w", err)
	}
	status := review.Status
	audiences := r.audiences.Intersect(status.Audiences)
	switch {
	case !status.Authenticated:
		return nil, false, fmt.Errorf("%w: %s", errUnknownToken, status.Error)
	case status.User.Username == "" || status.User.Username == user.Anonymous:
		return nil, false, fmt.Errorf("%w: it is nobody's", errUnknownToken)
	case len(r.audiences) > 0 && len(audiences) == 0:
		// An API server that knows no audiences lets every token pass.
		return nil, false, fmt.Errorf("%w: it is for none of the audiences %q", errUnknownToken, r.audiences)
	}
	extra := make(map[string][]string, len(status.User.Extra))
	for key, values := range status.User.Extra {
		extra[key] = values
	}
	who := &user.DefaultInfo{Name: status.User.Username, UID: status.User.UID, Groups: status.User.Groups, Extra: extra}
	return &authenticator.Response{User: who, Audiences: audiences}, true, nil
}

// NewAccessReviewer lets the API server say what a user of the cluster may do.
func NewAccessReviewer(reviews authorizationclient.AuthorizationV1Interface) (authorizer.Authorizer, error) {
	return authorizerfactory.DelegatingAuthorizerConfig{
		SubjectAccessReviewClient: reviews,
		AllowCacheTTL:             believedFor,
		DenyCacheTTL:              refusedFor,
		WebhookRetryBackoff:       &wait.Backoff{Duration: 100 * time.Millisecond, Factor: 2, Jitter: 0.2, Steps: 3},
	}.New()
}
