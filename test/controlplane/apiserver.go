package controlplane

import "fmt"

// StopAPIServer stops kube-apiserver and leaves etcd running. Clients see their connections refused.
func (c *ControlPlane) StopAPIServer() error {
	if err := c.env.ControlPlane.GetAPIServer().Stop(); err != nil {
		return fmt.Errorf("stop kube-apiserver: %w", err)
	}
	return nil
}

// StartAPIServer starts kube-apiserver again after StopAPIServer, with the same port, certificates and data, and returns
// when it serves: a client of before needs to do nothing but try again.
func (c *ControlPlane) StartAPIServer() error {
	apiServer := c.env.ControlPlane.GetAPIServer()
	// Start leaves the flags it rendered here, and would add them to the same flags of the next start.
	apiServer.Args = nil //nolint:staticcheck // deprecated for callers that set it; envtest itself still does
	if err := apiServer.Start(); err != nil {
		return fmt.Errorf("start kube-apiserver, see the logs in %s: %w", c.Dir, err)
	}
	return nil
}

// RestartAPIServer stops kube-apiserver and starts it again.
func (c *ControlPlane) RestartAPIServer() error {
	if err := c.StopAPIServer(); err != nil {
		return err
	}
	return c.StartAPIServer()
}
