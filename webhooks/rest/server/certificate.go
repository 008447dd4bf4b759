package server

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/certwatcher"
)

const (
	certificateFile = "tls.crt"
	keyFile         = "tls.key"

	certificateRetry = time.Second
)

// certificate is the one that is served, read again whenever its files change. A nil one is none.
type certificate struct {
	watcher *certwatcher.CertWatcher
	stopped chan error
}

// failed tells when the files are no longer watched although they should be.
func (c *certificate) failed() <-chan error {
	if c == nil {
		return nil
	}
	return c.stopped
}

// certificate waits for the first certificate: in a new installation it is made after the pod has started. It gives none
// when the context ends before that, or without TLS.
func (s *Server) certificate(ctx, watching context.Context) *certificate {
	if s.serving.CertDir == "" {
		return nil
	}
	for waiting := false; ; waiting = true {
		watcher, err := certwatcher.New(filepath.Join(s.serving.CertDir, certificateFile), filepath.Join(s.serving.CertDir, keyFile))
		if err == nil {
			return watch(watching, watcher)
		}
		s.state.Store(&state{notReady: errors.New("the REST server waits for its certificate: " + err.Error())})
		if !waiting {
			s.serving.Log.Info("Waiting for the REST certificate", "directory", s.serving.CertDir, "cause", err.Error())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.serving.Clock.After(certificateRetry):
		}
	}
}

func watch(ctx context.Context, watcher *certwatcher.CertWatcher) *certificate {
	watched := &certificate{watcher: watcher, stopped: make(chan error, 1)}
	go func() {
		if err := watcher.Start(ctx); err != nil && ctx.Err() == nil {
			watched.stopped <- err
		}
	}()
	return watched
}
