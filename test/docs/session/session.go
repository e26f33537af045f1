// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Session is a shell, bash, in which commands are run.
type Session struct {
	// Folder is the folder in which the shell starts.
	Folder string
	// Environment is the whole environment of the shell.
	Environment []string
	// Substitutes replace names in the commands, such as the address of a server. A
	// name is followed by what replaces it.
	Substitutes []string
	// Input is the standard input of the commands.
	Input string
}

// Result is what a command did.
type Result struct {
	Step
	// Failure says what was wrong. It is empty if the command did what the document
	// says.
	Failure string
	// Output is what the command wrote to standard output and standard error.
	Output string
}

// Run runs the commands, one after the other. A command finds what the commands before
// it have exported, and is in the folder to which they have changed.
func (s Session) Run(ctx context.Context, steps []Step) ([]Result, error) {
	outputs, err := os.MkdirTemp("", "session")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(outputs) }()
	file := func(i int) string { return filepath.Join(outputs, strconv.Itoa(i)) }
	substitute := strings.NewReplacer(s.Substitutes...)
	var script strings.Builder
	for i, step := range steps {
		steps[i].Command = substitute.Replace(step.Command)
		script.WriteString(steps[i].script(file(i)))
	}
	shell := exec.CommandContext(ctx, "bash", "-c", script.String()) //nolint:gosec // the commands of the documents
	shell.Dir, shell.Env = s.Folder, slices.Concat(s.Environment, []string{"PWD=" + s.Folder})
	shell.Stdin = strings.NewReader(s.Input)
	shellOutput, shellErr := shell.CombinedOutput()

	var results []Result
	for i, step := range steps {
		r := Result{Step: step}
		output, _ := os.ReadFile(file(i))
		r.Output = string(output)
		status, err := os.ReadFile(file(i) + ".status")
		got := strings.TrimSpace(string(status))
		switch {
		case err != nil:
			r.Failure = fmt.Sprintf("it did not end (%v, %s)", shellErr, shellOutput)
		case step.Prints != "" && !strings.Contains(r.Output, step.Prints):
			r.Failure = fmt.Sprintf("it ended with exit status %s, and did not print %q", got, step.Prints)
		case step.Prints == "" && got != strconv.Itoa(step.Status):
			r.Failure = fmt.Sprintf("exit status %s, want %d", got, step.Status)
		default:
			r.Failure = missing(r.Output, step.Output)
		}
		results = append(results, r)
	}
	return results, nil
}

// missing says which of the parts is not in the output, after the parts before it. It
// returns an empty text if all are there.
func missing(output string, parts []string) string {
	for _, part := range parts {
		_, after, found := strings.Cut(output, part)
		if !found {
			return "it did not print\n" + part
		}
		output = after
	}
	return ""
}

// script returns the lines of the shell for a command, whose output goes to a file and
// whose exit status goes to another one beside it.
func (s Step) script(file string) string {
	if s.Prints == "" {
		return fmt.Sprintf("{\n%s\n} >%[2]s 2>&1\necho $? >%[2]s.status\n", s.Command, quote(file))
	}
	// With job control the command is in its own process group, as in a terminal. Its
	// output has a file before it starts.
	return fmt.Sprintf(`: >%[2]s
set -m
{
%[1]s
} >%[2]s 2>&1 &
set +m
for ((i = 0; i < 1200; i++)); do
	grep -qF -- %[3]s %[2]s && break
	kill -0 $! 2>/dev/null || break
	sleep 0.1
done
kill -INT -- -$! 2>/dev/null
wait $!
echo $? >%[2]s.status
`, s.Command, quote(file), quote(s.Prints))
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
