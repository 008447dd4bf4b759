package rules

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/config"
)

// commandsOnLogs are the lines of the documentation that read the operator's log, by file and line.
func commandsOnLogs(t *testing.T) (commands []string) {
	t.Helper()
	for _, pattern := range []string{"README.md", "docs/*.md", "docs/*/*.md"} {
		for _, path := range glob(t, filepath.Join(root, pattern)) {
			page, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(page)) {
				if strings.Contains(line, "kubectl logs") {
					commands = append(commands, strings.TrimPrefix(path, root+"/")+": "+strings.TrimSpace(line))
				}
			}
		}
	}
	return commands
}

// With a selector kubectl reads ten lines of each container unless it is told otherwise, also with --since.
func TestLogsThatAreFilteredAreReadWhole(t *testing.T) {
	selector, tail := regexp.MustCompile(` (-l|--selector)[ =]`), regexp.MustCompile(` --tail=(-1|[0-9]+)( |$)`)
	found := 0
	for _, command := range commandsOnLogs(t) {
		if !selector.MatchString(command) {
			continue
		}
		found++
		lines := tail.FindStringSubmatch(command)
		switch {
		case lines == nil:
			t.Errorf("%s\nreads the last ten lines of each container: give --tail", command)
		case strings.Contains(command, " | ") && lines[1] != "-1":
			t.Errorf("%s\nfilters the last %s lines: give --tail=-1", command, lines[1])
		}
	}
	if found == 0 {
		t.Error("no page reads logs by a selector: the test does not see them")
	}
}

func TestLoggersInTheDocumentationExist(t *testing.T) {
	var known []string
	for _, names := range [][]string{{"rest"}, {"usage"}, {"usage", "sink"}} {
		var line bytes.Buffer
		log := config.Log{Format: config.FormatJSON}.Logger(&line)
		for _, name := range names {
			log = log.WithName(name)
		}
		log.Info("A line")
		known = append(known, line.String())
	}
	loggers := regexp.MustCompile(`"logger":"[^"' ]*"?`)
	for _, command := range commandsOnLogs(t) {
		for _, logger := range loggers.FindAllString(command, -1) {
			if !slices.ContainsFunc(known, func(line string) bool { return strings.Contains(line, logger) }) {
				t.Errorf("%s\nlooks for %s, which no line has", command, logger)
			}
		}
	}
}

func TestWhatTheDocumentationLooksForIsLogged(t *testing.T) {
	var sources strings.Builder
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", "bin", "docs", "node_modules"}, entry.Name()):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		content, err := os.ReadFile(path)
		sources.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sentence := regexp.MustCompile(`grep "([^"]*)"`)
	for _, command := range commandsOnLogs(t) {
		for _, found := range sentence.FindAllStringSubmatch(command, -1) {
			if !strings.Contains(sources.String(), found[1]) {
				t.Errorf("%s\nlooks for %q, which is logged nowhere", command, found[1])
			}
		}
	}
}
