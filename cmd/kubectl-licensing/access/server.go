package access

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// tokenVariable may hold the token, so that it is not in the process list.
const tokenVariable = "LICENSING_TOKEN"

// Server says where the data access API is, and who asks.
type Server struct {
	URL                  string
	CertificateAuthority string

	Token          string
	TokenFile      string
	ServiceAccount string
	Audience       string
}

// AddFlags adds the flags that say so.
func (s *Server) AddFlags(flags *pflag.FlagSet) {
	flags.StringVar(&s.URL, "server-url", "", "The base URL of the REST API. Without it a port is forwarded to a pod of the operator, which takes the right to create pods/portforward there.")
	flags.StringVar(&s.CertificateAuthority, "certificate-authority", "", "A file with the authority of the REST API's certificate, if the system does not trust it. With a forwarded port it is read from the operator's Secret.")
	flags.StringVar(&s.Token, "token", "", "A token for the REST API, one for administration. Others see it in the process list: the environment variable "+tokenVariable+" does as well.")
	flags.StringVar(&s.TokenFile, "token-file", "", "A file with the token.")
	flags.StringVar(&s.ServiceAccount, "service-account", "", "Ask the cluster for a token of this ServiceAccount of the producer's namespace, which RBAC lets get usagerecords.licensing-operator.dev.")
	flags.StringVar(&s.Audience, "audience", "", "The audience of that token, if the operator wants one (rest.serviceAccountAudiences).")
}

// API connects to the data access API. Close it in the end.
func (f *Flags) API(ctx context.Context, cluster *Cluster) (*API, error) {
	token, err := f.Server.token(ctx, cluster)
	if err != nil {
		return nil, err
	}
	api := &API{token: token, clock: f.Clock, close: func() {}}
	authority, serverName := []byte(nil), ""
	address := f.Server.URL
	if address == "" {
		forwarded, err := cluster.forward(ctx)
		if err != nil {
			return nil, fmt.Errorf("forward a port to the operator: %w: name the REST API with --server-url instead", err)
		}
		api.close = forwarded.close
		address, authority, serverName = forwarded.url, forwarded.authority, forwarded.serverName
	}
	if api.base, err = baseURL(address, cluster.Namespace); err == nil {
		api.client, err = f.Server.client(authority, serverName)
	}
	if err != nil {
		api.Close()
		return nil, err
	}
	return api, nil
}

func baseURL(address, namespace string) (*url.URL, error) {
	base, err := url.Parse(address)
	if err != nil || base.Host == "" || (base.Scheme != "https" && base.Scheme != "http") {
		return nil, fmt.Errorf("--server-url %q must be like https://licenses.example.com", address)
	}
	// The path names the tenant, whatever the host is set up for.
	return base.JoinPath("namespaces", namespace), nil
}

// client trusts the authority, if there is one, and else those that the system trusts.
func (s *Server) client(authority []byte, serverName string) (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // it is one
	transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: serverName}
	transport.ResponseHeaderTimeout = time.Minute
	if s.CertificateAuthority != "" {
		var err error
		if authority, err = os.ReadFile(s.CertificateAuthority); err != nil {
			return nil, fmt.Errorf("--certificate-authority: %w", err)
		}
	}
	if len(authority) > 0 {
		transport.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(authority) {
			return nil, fmt.Errorf("--certificate-authority: there is no certificate in %s", cmp.Or(s.CertificateAuthority, "the operator's Secret"))
		}
	}
	return &http.Client{Transport: transport}, nil
}

// token is what the flags say, the most explicit first.
func (s *Server) token(ctx context.Context, cluster *Cluster) (string, error) {
	given := 0
	for _, way := range []string{s.Token, s.TokenFile, s.ServiceAccount} {
		if way != "" {
			given++
		}
	}
	if given > 1 {
		return "", errors.New("only one of --token, --token-file and --service-account is possible")
	}
	switch {
	case s.Token != "":
		return s.Token, nil
	case s.TokenFile != "":
		text, err := os.ReadFile(s.TokenFile)
		if err != nil {
			return "", fmt.Errorf("--token-file: %w", err)
		}
		return strings.TrimSpace(string(text)), nil
	case s.ServiceAccount != "":
		return s.requestToken(ctx, cluster)
	}
	if token := os.Getenv(tokenVariable); token != "" {
		return token, nil
	}
	return "", errors.New("the REST API wants a token: give one with --token-file, --token or the environment variable " + tokenVariable + ", or name a ServiceAccount with --service-account")
}

// requestToken asks for a token that lasts as long as the longest replay may take.
func (s *Server) requestToken(ctx context.Context, cluster *Cluster) (string, error) {
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: new(int64(time.Hour / time.Second))}}
	if s.Audience != "" {
		request.Spec.Audiences = []string{s.Audience}
	}
	answer, err := cluster.core.ServiceAccounts(cluster.Namespace).CreateToken(ctx, s.ServiceAccount, request, metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("--service-account: ask for a token: %w", err)
	}
	return answer.Status.Token, nil
}
