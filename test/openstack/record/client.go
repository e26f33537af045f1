// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// client is CLIENT in a recording: a program, and the seconds for which it
// waits between its requests.
type client struct {
	program string
	waits   []string
}

var programs = []string{"go", "python", "list"}

func parseClient(name string) (client, error) {
	program, waits, waiting := strings.Cut(name, "-")
	c := client{program: program}
	if waiting {
		c.waits = strings.Split(waits, ",")
	}
	isNumber := func(wait string) bool {
		_, err := strconv.ParseUint(wait, 10, 16)
		return err == nil
	}
	if !slices.Contains(programs, program) || slices.ContainsFunc(c.waits, func(wait string) bool { return !isNumber(wait) }) {
		return client{}, fmt.Errorf("%q is not a client: give go, python or list, with seconds after it, such as python-3,4,5", name)
	}
	return c, nil
}

func (c client) String() string {
	if len(c.waits) == 0 {
		return c.program
	}
	return c.program + "-" + strings.Join(c.waits, ",")
}

// createsServers reports whether its trace has work of Nova.
func (c client) createsServers() bool { return c.program != "list" }

// recording has the recorder's data about a trace.
type recording struct {
	client client
	baseID string
	ended  time.Time // when the client had ended
}
