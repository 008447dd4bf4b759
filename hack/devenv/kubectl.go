package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
)

const indent = "    "

// show runs kubectl and shows the command and what it prints.
func (e *environment) show(ctx context.Context, args ...string) error {
	fmt.Printf("\n  $ kubectl %s\n", quoted(args))
	cmd := e.Kubectl(ctx, args...)
	out := &indented{w: os.Stdout}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("kubectl %s: %w", quoted(args), err)
	}
	return nil
}

// quoted writes arguments so that they can be pasted into a shell.
func quoted(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = arg
		if strings.ContainsAny(arg, " {}[]\"$*?\\") {
			words[i] = "'" + arg + "'"
		}
	}
	return strings.Join(words, " ")
}

// indented sets off what a command prints from what is told about it.
type indented struct {
	w       io.Writer
	midLine bool
}

func (i *indented) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		if !i.midLine {
			if _, err := io.WriteString(i.w, indent); err != nil {
				return 0, err
			}
		}
		if _, err := i.w.Write(line); err != nil {
			return 0, err
		}
		i.midLine = line[len(line)-1] != '\n'
	}
	return len(p), nil
}
