// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ostrace/ostrace/points"
)

// traces reads the traces that the arguments name, one after the other. An argument is
// an id, a file, - or a folder, which stands for its files.
func (p *program) traces(ctx context.Context, args []string) iter.Seq2[*points.Trace, error] {
	return func(yield func(*points.Trace, error) bool) {
		for _, argument := range args {
			names, err := inFolder(argument)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, name := range names {
				t, err := p.load(ctx, name)
				if !yield(t, err) || err != nil {
					return
				}
			}
		}
	}
}

// inFolder returns the files of a folder in the order of their names, without those
// whose names begin with a point. Any other name stands for itself.
func inFolder(name string) ([]string, error) {
	if !isFolder(name) {
		return []string{name}, nil
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range entries {
		file := filepath.Join(name, entry.Name())
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && !strings.HasPrefix(entry.Name(), ".") {
			files = append(files, file)
		}
	}
	return files, nil
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// completeTraces offers traces and files for each argument.
func (p *program) completeTraces(command *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return p.completeTrace(command, nil, typed)
}

// addAll calls add for each trace. It returns the number of traces, and prints the
// faults of the stored notifications of all of them together.
func (p *program) addAll(traces iter.Seq2[*points.Trace, error], add func(*points.Trace)) (count int, err error) {
	var all points.Defects
	for t, err := range traces {
		if err != nil {
			return count, err
		}
		d := t.Defects
		if all.FirstUnreadable == nil {
			all.FirstUnreadable = d.FirstUnreadable
		}
		all.Unreadable += d.Unreadable
		all.Repeated += d.Repeated
		all.Unfinished += d.Unfinished
		all.WithoutStart += d.WithoutStart
		all.Cycles += d.Cycles
		add(t)
		count++
	}
	p.say(all.Notes())
	return count, nil
}
