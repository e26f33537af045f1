// SPDX-License-Identifier: Apache-2.0

// Package session runs the commands of a document as a reader would: in one shell, one
// after the other.
package session

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ostrace/ostrace/test/docs/markdown"
)

// Step is a command of a document, and what the mark above its block says about it.
type Step struct {
	// Line is the line of the document that opens the block.
	Line    int
	Command string
	// NotRun is the reason why the command is not run. It is empty for a command
	// that is run.
	NotRun string
	// InCloud says that the command needs a real cloud.
	InCloud bool
	// Status is the exit status that the command must have.
	Status int
	// Prints is a text that a command prints which runs until Ctrl-C.
	Prints string
	// Output are parts of the output that the command must have, in this order.
	Output []string
}

// Steps returns the commands in a document's blocks of the languages sh and console.
// In sh every line is a command, unless it is a comment. In console a command comes
// after "$ ", and the other lines are output.
//
// The parts of a mark are separated by semicolons:
//
//	not run: REASON      the command is not run
//	in a cloud           the command needs a real cloud
//	exit status NUMBER   the command ends with this exit status instead of 0
//	until Ctrl-C         the command runs until Ctrl-C; needs the next part
//	it prints: TEXT      the command is interrupted when it has printed the text
//	it prints this       the output in the block is right: the command prints these
//	                     lines, and others in the place of a line "…"
//
// Steps returns an error for a block that has another language than one whose content
// a test checks, and for a mark that it does not know.
func Steps(page *markdown.Page) ([]Step, error) {
	var steps []Step
	for _, block := range page.Blocks {
		prompt := ""
		switch block.Language {
		case "console":
			prompt = "$ "
		case "sh":
		case "go", "ini", "yaml", "caddyfile", "python", "diff", "text": // there are other tests for these, or it is output
			continue
		default:
			return nil, fmt.Errorf("line %d: no test checks a block of the language %q", block.Line, block.Language)
		}
		step, withOutput, err := parseMark(block.Mark)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", block.Line, err)
		}
		step.Line = block.Line
		commands, output := commandsOf(block.Text, prompt)
		if len(commands) == 0 || withOutput && (len(commands) != 1 || output == "") {
			return nil, fmt.Errorf("line %d: the block has no command, or its output is not that of one command", block.Line)
		}
		if withOutput {
			step.Output = strings.Split(output, "\n…\n")
		}
		for _, step.Command = range commands {
			steps = append(steps, step)
		}
	}
	return steps, nil
}

// commandsOf returns the commands in a text, and the other lines.
func commandsOf(text, prompt string) (commands []string, output string) {
	for line := range strings.Lines(text) {
		command, found := strings.CutPrefix(strings.TrimSpace(line), prompt)
		switch {
		case !found:
			output += line
		case command != "" && !strings.HasPrefix(command, "#"):
			commands = append(commands, command)
		}
	}
	return commands, output
}

func parseMark(mark string) (step Step, withOutput bool, err error) {
	if mark == "" {
		return step, false, nil
	}
	untilInterrupted := false
	for part := range strings.SplitSeq(mark, "; ") {
		name, value, _ := strings.Cut(part, ": ")
		number, isStatus := strings.CutPrefix(part, "exit status ")
		switch {
		case name == "not run" && value != "":
			step.NotRun = value
		case part == "in a cloud":
			step.InCloud = true
		case part == "it prints this":
			withOutput = true
		case part == "until Ctrl-C":
			untilInterrupted = true
		case name == "it prints" && value != "":
			step.Prints = value
		case isStatus:
			if step.Status, err = strconv.Atoi(number); err != nil {
				return step, false, err
			}
		default:
			return step, false, fmt.Errorf("the mark has an unknown part %q", part)
		}
	}
	if untilInterrupted != (step.Prints != "") {
		return step, false, fmt.Errorf(`"until Ctrl-C" and "it prints" need each other: %q`, mark)
	}
	return step, withOutput, nil
}
