// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// maxDistance is the number of letters by which a name can differ from what was
// typed, as in git and cobra.
const maxDistance = 2

// noCommand checks the arguments of ostrace itself, which takes only a command.
func noCommand(command *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range command.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	if _, isID := wholeID(args[0]); isID {
		return fmt.Errorf("unknown command %q: a command stands before the id; did you mean %s show %s?", args[0], command.CommandPath(), args[0])
	}
	return fmt.Errorf("unknown command %q%s; see %s --help", args[0], didYouMean("", names, args[0]), command.CommandPath())
}

// flagError adds to the error about an unknown flag the flags with a similar
// name.
func flagError(command *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok || unknown.GetSpecifiedShortnames() != "" {
		return err
	}
	var names []string
	command.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	if similar := didYouMean("--", names, unknown.GetSpecifiedName()); similar != "" {
		return fmt.Errorf("%w%s", err, similar)
	}
	return err
}

// didYouMean returns a question that offers the names that are similar to what
// was typed, or an empty text if there are none.
func didYouMean(prefix string, names []string, typed string) string {
	// cobra compares the names of commands, so each name becomes a command.
	known := &cobra.Command{SuggestionsMinimumDistance: maxDistance}
	for _, name := range names {
		known.AddCommand(&cobra.Command{Use: name, Run: func(*cobra.Command, []string) {}})
	}
	similar := known.SuggestionsFor(typed)
	if len(similar) == 0 {
		return ""
	}
	return "; did you mean " + prefix + strings.Join(similar, " or "+prefix) + "?"
}
