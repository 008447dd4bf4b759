package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"
)

const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10

	// ShutdownTimeout is how long requests under way have to finish, after the drain delay.
	ShutdownTimeout = 12 * time.Second
)

// Serving says where and how the API is served.
type Serving struct {
	// BindAddress is host:port.
	BindAddress string
	// CertDir has tls.crt and tls.key, which may be replaced at any time. Empty serves without TLS.
	CertDir string
	// DrainDelay is how long requests are still taken after the replica has said that it is not ready: so long it takes
	// until no more are sent to it.
	DrainDelay time.Duration

	Clock clock.Clock
	Log   logr.Logger
}

// Server serves the API until its context ends. It is a manager.Runnable of every replica.
type Server struct {
	serving Serving
	handler http.Handler
	state   atomic.Pointer[state]
	// stopping has clients give their connections back before they are closed on them.
	stopping atomic.Bool
	// ending is closed when what goes on for long has to end.
	ending chan struct{}
}

type endingKey struct{}

// Ending is closed when the server waits for its last requests only: an answer that would take longer breaks off then. It
// is nil for a request that no Server serves.
func Ending(ctx context.Context) <-chan struct{} {
	ending, _ := ctx.Value(endingKey{}).(chan struct{})
	return ending
}

// state is what the server is at. A nil reason is ready.
type state struct {
	notReady error
	address  net.Addr
}

// New makes a server of the handler that Handler gave.
func New(serving Serving, handler http.Handler) *Server {
	s := &Server{serving: serving, handler: handler, ending: make(chan struct{})}
	s.state.Store(&state{notReady: errors.New("the REST server has not started")})
	return s
}

// NeedLeaderElection implements manager.LeaderElectionRunnable: every replica serves.
func (s *Server) NeedLeaderElection() bool { return false }

// Ready is a healthz.Checker.
func (s *Server) Ready(*http.Request) error { return s.state.Load().notReady }

// Address is where the server listens, nil before it does.
func (s *Server) Address() net.Addr { return s.state.Load().address }

// Start implements manager.Runnable.
func (s *Server) Start(ctx context.Context) error {
	// Requests under way outlive the context, until they are finished or out of time.
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	certificate := s.certificate(ctx, working)
	if ctx.Err() != nil {
		return nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.serving.BindAddress)
	if err != nil {
		return fmt.Errorf("serve REST: %w", err)
	}
	server := s.server(working, certificate)
	failed := make(chan error, 1)
	go func() { failed <- serve(server, listener) }()
	s.state.Store(&state{address: listener.Addr()})
	s.serving.Log.Info("Serving REST", "address", listener.Addr().String(), "tls", certificate != nil)

	select {
	case err := <-failed:
		return fmt.Errorf("serve REST: %w", err)
	case err := <-certificate.failed():
		return errors.Join(fmt.Errorf("watch the REST certificate: %w", err), server.Close())
	case <-ctx.Done():
	}
	return s.drain(working, server, listener.Addr())
}

func (s *Server) server(working context.Context, certificate *certificate) *http.Server {
	server := &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		BaseContext:       func(net.Listener) context.Context { return context.WithValue(working, endingKey{}, s.ending) },
		// OPTIONS * is answered like every other request.
		DisableGeneralOptionsHandler: true,
		// What a client does to its connection is no concern of ours, unless somebody looks for it.
		ErrorLog: slog.NewLogLogger(logr.ToSlogHandler(s.serving.Log), slog.Level(-1)),
	}
	if certificate != nil {
		server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certificate.watcher.GetCertificate}
	}
	return server
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if s.stopping.Load() {
		w.Header().Set("Connection", "close")
	}
	s.handler.ServeHTTP(w, r)
}

func serve(server *http.Server, listener net.Listener) error {
	if server.TLSConfig != nil {
		return server.ServeTLS(listener, "", "")
	}
	return server.Serve(listener)
}

// drain stops in an order in which no request is lost: first nobody sends any more, then those that came are finished.
func (s *Server) drain(working context.Context, server *http.Server, address net.Addr) error {
	s.stopping.Store(true)
	s.state.Store(&state{notReady: errors.New("the REST server is stopping"), address: address})
	if s.serving.DrainDelay > 0 {
		<-s.serving.Clock.After(s.serving.DrainDelay)
	}
	close(s.ending)
	ending, cancel := context.WithTimeout(working, ShutdownTimeout)
	defer cancel()
	if err := server.Shutdown(ending); err != nil {
		return errors.Join(fmt.Errorf("requests over REST were cut off: %w", err), server.Close())
	}
	s.serving.Log.Info("REST has stopped")
	return nil
}
