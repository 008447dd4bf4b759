package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// Operator is one operator process. Several of them on one control plane are replicas.
type Operator struct {
	// Log is the file that has everything the process writes.
	Log string

	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// StartOperator starts an operator process against this control plane, with these arguments, and returns at once: whether
// it is ready is for the caller to ask. It is killed when the context ends.
func (c *ControlPlane) StartOperator(ctx context.Context, args ...string) (*Operator, error) {
	binary, err := operatorBinary()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	log, err := c.openLog(fmt.Sprintf("operator-%d", len(c.operators)+1))
	if err != nil {
		return nil, err
	}

	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir = c.Dir
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.Kubeconfig)
	cmd.Stdout, cmd.Stderr = log, log
	// A group of its own: Ctrl-C in a terminal reaches the parent alone, which then stops things in their order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the operator: %w", err)
	}

	o := &Operator{Log: log.Name(), cmd: cmd, done: make(chan struct{})}
	c.operators = append(c.operators, o)
	go func() {
		o.err = cmd.Wait()
		close(o.done)
	}()
	return o, nil
}

// Kill ends the process by SIGKILL, in the middle of whatever it was doing, and returns when it is gone.
func (o *Operator) Kill() error {
	if err := o.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-o.done
	return nil
}

// Terminate asks the process to end, by SIGTERM, and waits for it. An exit code other than 0 is an error.
func (o *Operator) Terminate(ctx context.Context) error {
	if err := o.signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-o.done:
		return o.err
	case <-ctx.Done():
		return fmt.Errorf("the operator has not ended, see %s: %w", o.Log, ctx.Err())
	}
}

// Pause stops the process where it is, by SIGSTOP. Its connections stay open and its clock runs on, which is what a replica
// looks like to the others when its machine stalls.
func (o *Operator) Pause() error { return o.signal(syscall.SIGSTOP) }

// Resume lets a paused process run on.
func (o *Operator) Resume() error { return o.signal(syscall.SIGCONT) }

// PID is the id of the process.
func (o *Operator) PID() int { return o.cmd.Process.Pid }

// Done is closed when the process has ended, for whatever reason.
func (o *Operator) Done() <-chan struct{} { return o.done }

// Err is how the process ended: nil for exit code 0, and while it runs.
func (o *Operator) Err() error {
	select {
	case <-o.done:
		return o.err
	default:
		return nil
	}
}

func (o *Operator) signal(s os.Signal) error {
	err := o.cmd.Process.Signal(s)
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}
