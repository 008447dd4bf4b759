// Package selfsigned keeps a certificate for the REST server where nobody else does.
package selfsigned

import (
	"crypto/x509"
	"fmt"
	"net"
	"slices"

	"github.com/open-policy-agent/cert-controller/pkg/rotator"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

const (
	// ServiceName is the Service in front of all replicas, SecretName the Secret that is mounted into each.
	ServiceName = "licensing-operator-rest"
	SecretName  = "licensing-operator-rest-cert"

	authorityName = "licensing-operator-rest-ca"
)

// AddRotator has the leader keep a certificate in the Secret, signed by an authority that is kept there too. The Secret
// must exist; what is in it is made. Hosts are names beside those of the Service; addresses among them are left out.
func AddRotator(mgr manager.Manager, namespace, certDir string, hosts []string) error {
	if err := rotator.AddRotator(mgr, certificateOf(namespace, certDir, hosts)); err != nil {
		return fmt.Errorf("rotate the REST certificate: %w", err)
	}
	return nil
}

func certificateOf(namespace, certDir string, hosts []string) *rotator.CertRotator {
	inNamespace := ServiceName + "." + namespace
	names := []string{inNamespace + ".svc.cluster.local", inNamespace, ServiceName}
	for _, host := range slices.Sorted(slices.Values(hosts)) {
		// The rotator makes no certificates for addresses.
		if net.ParseIP(host) == nil {
			names = append(names, host)
		}
	}
	return &rotator.CertRotator{
		SecretKey:      types.NamespacedName{Namespace: namespace, Name: SecretName},
		CertDir:        certDir,
		CAName:         authorityName,
		CAOrganization: "licensing-operator",
		DNSName:        inNamespace + ".svc",
		ExtraDNSNames:  names,
		ExtKeyUsages:   &[]x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		ControllerName: "rest-certificate",
		IsReady:        make(chan struct{}),
		// Two would only forestall each other.
		RequireLeaderElection: true,
	}
}
