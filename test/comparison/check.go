// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// mostLists is the number of passes of all list calls within which a set-up that
// samples 1 % has a span: the probability that none of their calls is sampled is
// less than one in a million.
const mostLists = 175

// check shows for each set-up that it works: a server becomes ACTIVE and is deleted,
// and its spans have the layers that the set-up sees, and no other. It goes on after a
// failure.
func check(ctx context.Context, c cloud, chosen []setup, roles map[string]int, out io.Writer) error {
	fmt.Fprintf(out, "| set-up |%s bytes | s |\n|%s\n", strings.Join(layerNames(), ""), strings.Repeat(" --- |", layers+3))
	var failures []error
	// Set-ups of the same cloud are next to each other, so that it is restarted less often.
	ordered := slices.Clone(chosen)
	slices.SortStableFunc(ordered, func(a, b setup) int { return slices.Compare(a.parameters, b.parameters) })
	for _, s := range ordered {
		began := time.Now()
		got, err := checkOne(ctx, c, s, roles)
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", s.name, err))
		}
		fmt.Fprintf(out, "| %s |", s.name)
		for _, n := range got.spans {
			fmt.Fprintf(out, " %d |", n)
		}
		fmt.Fprintf(out, " %d | %.0f |\n", got.bytes, time.Since(began).Seconds())
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failures...)
}

func layerNames() []string {
	var names []string
	for l := range layers {
		names = append(names, " "+layer(l).String()+" |")
	}
	return names
}

// checkOne returns the row of the server, or of the list calls of a set-up that
// samples.
func checkOne(ctx context.Context, c cloud, s setup, roles map[string]int) (got row, err error) {
	one := &side{cloud: c, roles: roles}
	if err := one.up(ctx, s); err != nil {
		return got, err
	}
	defer func() { err = errors.Join(err, one.close()) }()
	rows, err := one.measure(ctx, workServer, checkSize)
	if err != nil {
		return got, err
	}
	got = rows[0]
	if !s.sampled {
		return got, s.unexpected(got.spans)
	}
	for passes := 10; passes <= mostLists && got.spans[httpServer] == 0; passes += 10 {
		if rows, err = one.measure(ctx, workList, size{passes: 10}); err != nil {
			return got, err
		}
		got = rows[0]
	}
	if got.spans[httpServer] == 0 {
		return got, errors.New("no request was sampled")
	}
	return got, nil
}

// unexpected returns an error if the spans of a server lack a layer that the set-up
// sees, or have one that it does not see.
func (s setup) unexpected(got spans) error {
	var problems []error
	for l, n := range got {
		switch sees := slices.Contains(s.sees, layer(l)); {
		case sees && n == 0:
			problems = append(problems, fmt.Errorf("there is no span of the layer %v", layer(l)))
		case !sees && n > 0:
			problems = append(problems, fmt.Errorf("there are %d spans of the layer %v", n, layer(l)))
		}
	}
	return errors.Join(problems...)
}
