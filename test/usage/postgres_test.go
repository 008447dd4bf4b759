package usage

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/licensing-operator/licensing-operator/internal/config"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
)

// server is PostgreSQL's.
type server struct {
	dir, bin, port string
	account        *syscall.Credential
}

func newServer(ctx context.Context, dir string) (*server, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return nil, fmt.Errorf("PostgreSQL is not installed: it is the Debian package postgresql")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err := errors.Join(err, listener.Close()); err != nil {
		return nil, err
	}
	s := &server{dir: dir, bin: filepath.Dir(found[len(found)-1]), port: port}
	if err := errors.Join(s.ownedByOther(), os.WriteFile(s.urlFile(), []byte(s.url()), 0o600)); err != nil {
		return nil, err
	}
	if err := s.run(ctx, "initdb", "--username=usage", "--auth=trust", "--encoding=UTF8", "--pgdata", s.data()); err != nil {
		return nil, err
	}
	return s, s.start(ctx)
}

// ownedByOther gives the directory to the account that PostgreSQL's package makes: it does not run as root.
func (s *server) ownedByOther() error {
	if os.Getuid() != 0 {
		return nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, uidErr := strconv.ParseUint(account.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(account.Gid, 10, 32)
	s.account = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return errors.Join(uidErr, gidErr, os.Chown(s.dir, int(uid), int(gid))) //nolint:gosec // an id has 32 bits
}

func (s *server) run(ctx context.Context, tool string, arguments ...string) error {
	command := exec.CommandContext(ctx, filepath.Join(s.bin, tool), arguments...)
	command.Dir = s.dir
	command.SysProcAttr = &syscall.SysProcAttr{Credential: s.account, Setpgid: true}
	output, err := os.OpenFile(filepath.Join(s.dir, "tools.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer output.Close()
	command.Stdout, command.Stderr = output, output
	if err := command.Run(); err != nil {
		said, _ := os.ReadFile(output.Name())
		return fmt.Errorf("%s: %w\n%s", tool, err, said)
	}
	return nil
}

func (s *server) data() string { return filepath.Join(s.dir, "data") }

func (s *server) urlFile() string { return filepath.Join(s.dir, "url") }

func (s *server) url() string {
	return fmt.Sprintf("postgres://usage@127.0.0.1:%s/postgres?sslmode=disable", s.port)
}

func (s *server) replicas() int { return 2 }

func (s *server) configure(c *config.OperatorConfiguration) {
	c.Usage.Store.PostgreSQL.URLFile = s.urlFile()
}

func (s *server) start(ctx context.Context) error {
	return s.run(ctx, "pg_ctl", "start", "--wait", "--pgdata", s.data(), "--log", filepath.Join(s.dir, "server.log"),
		"--options", "-p "+s.port+" -c listen_addresses=127.0.0.1 -c unix_socket_directories="+s.dir)
}

// stop is a crash.
func (s *server) stop(ctx context.Context) error {
	return s.run(ctx, "pg_ctl", "stop", "--mode=immediate", "--pgdata", s.data())
}

func (s *server) open(ctx context.Context) (usage.Store, error) {
	return sqlstore.OpenPostgres(ctx, s.url(), sqlstore.Options{})
}

func (s *server) remove() error {
	return errors.Join(s.stop(context.Background()), os.RemoveAll(s.dir))
}
