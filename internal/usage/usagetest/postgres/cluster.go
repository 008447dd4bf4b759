// Package postgres runs a PostgreSQL server of its own for tests, from the binaries of the distribution's package.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver
)

// Cluster is a server that listens to a socket in its directory, and to nothing else.
type Cluster struct {
	dir, binaries string
	settings      []string
	databases     atomic.Int64
	dumps         atomic.Int64
}

// nobody is who the server runs as if the tests run as root, which it refuses to run as.
const nobody = 65534

// Start makes a cluster and starts its server. Settings are as in postgresql.conf.
func Start(ctx context.Context, settings ...string) (*Cluster, error) {
	binaries, err := findBinaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "postgres") // short, because the name of a socket must be
	if err != nil {
		return nil, err
	}
	if os.Getuid() == 0 {
		if err := os.Chown(dir, nobody, nobody); err != nil {
			return nil, err
		}
	}
	c := &Cluster{dir: dir, binaries: binaries, settings: settings}
	err = c.run(ctx, "initdb", "--pgdata", c.data(), "--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
	if err == nil {
		err = c.Start(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return c, nil
}

// findBinaries looks where packages put them, newest version first.
func findBinaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("PostgreSQL is not installed: run hack/debian/install.sh postgresql, or put initdb and pg_ctl on the PATH")
	}
	return filepath.Dir(path), nil
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *Cluster) run(ctx context.Context, name string, args ...string) error {
	command := exec.CommandContext(ctx, filepath.Join(c.binaries, name), args...)
	command.Dir = c.dir
	if os.Getuid() == 0 {
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	// A file, because the server keeps it open.
	log, err := os.OpenFile(filepath.Join(c.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	command.Stdout, command.Stderr = log, log
	if err := command.Run(); err != nil {
		said, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%s: %w\n%s", name, err, said[max(0, len(said)-2000):])
	}
	return nil
}

// Start starts the server again after a Kill.
func (c *Cluster) Start(ctx context.Context) error {
	options := fmt.Sprintf("-c listen_addresses='' -c unix_socket_directories='%s' -c fsync=off -c max_connections=200", c.dir)
	for _, setting := range c.settings {
		options += " -c " + setting
	}
	return c.run(ctx, "pg_ctl", "start", "--pgdata", c.data(), "--wait", "--silent", "--options", options)
}

// Kill ends the server as a crash would: nothing is written any more.
func (c *Cluster) Kill(ctx context.Context) error {
	return c.run(ctx, "pg_ctl", "stop", "--pgdata", c.data(), "--mode", "immediate", "--wait", "--silent")
}

// Remove ends the server and deletes all of it.
func (c *Cluster) Remove() error {
	return errors.Join(c.Kill(context.Background()), os.RemoveAll(c.dir))
}

// NewDatabase makes an empty database, and gives its URL.
func (c *Cluster) NewDatabase(ctx context.Context) (string, error) {
	db, err := sql.Open("pgx", c.url("postgres"))
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("usage%d", c.databases.Add(1))
	_, err = db.ExecContext(ctx, "CREATE DATABASE "+name)
	if err := errors.Join(err, db.Close()); err != nil {
		return "", err
	}
	return c.url(name), nil
}

func (c *Cluster) url(database string) string {
	return (&url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/" + database, RawQuery: url.Values{"host": {c.dir}}.Encode()}).String()
}
