// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
)

// work is a command whose cost is measured.
type work struct {
	name    string
	command []string
	// amount is the amount of the command's work, in the unit. If it is not 0, the
	// table has the amount in a second, and otherwise it has the seconds.
	amount float64
	unit   string
}

const (
	requests  = 2000
	bodyBytes = 1 << 30
)

// fetch returns a curl command that fetches a number of bytes from the front, a number
// of times. It uses the identity service, because ostrace exec knows this host of the
// cloud from the start.
func fetch(size, times int, options ...string) []string {
	url := fmt.Sprintf("https://identity.cloud.test/zeros/%d?[1-%d]", size, times)
	return append(append([]string{"curl", "--silent", "--show-error", "--fail", "--fail-early", "--output", "/dev/null"}, options...), url)
}

var works = []work{
	{"curl, 2,000 requests one after the other", fetch(1000, requests), requests, "requests/s"},
	{"curl, 2,000 requests, ten at a time", fetch(1000, requests, "--parallel", "--parallel-max", "10"), requests, "requests/s"},
	{"curl, an answer of 1 GiB", fetch(bodyBytes, 1), bodyBytes / (1 << 20), "MiB/s"},
	{"curl, a token and a list", []string{"sh", "list.sh"}, 0, ""},
	{"openstack flavor list", strings.Fields("openstack flavor list"), 0, ""},
	{"tofu plan", strings.Fields("tofu plan -no-color"), 0, ""},
}
