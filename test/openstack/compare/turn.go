// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
)

// The compared commands, with the table's names.
const (
	goCreate     = "createserver --keep"
	pythonCreate = "openstack server create --wait"
	goBoth       = "createserver"
	pythonDelete = "openstack server delete --wait"
)

// result is the cost of one command in one run.
type result struct {
	run      int
	command  string
	usage    usage
	baseID   string
	requests int
}

// turn runs each command once, in a random order, except that a server is
// created before it is deleted.
func turn(run int, createServer string) (results []result, err error) {
	suffix := fmt.Sprintf("%d-%d", os.Getpid(), run)
	openstack := func(args ...string) []string {
		return append([]string{"/usr/bin/python3", "/usr/bin/openstack", "--os-profile", "SECRET_KEY"}, args...)
	}
	server := []string{"--image", "tiny", "--flavor", "m1.nano", "--network", "net1"}
	create := append([]string{createServer, "--os-profile", "SECRET_KEY"}, server...)
	kept, waited := "compare-go-"+suffix, "compare-python-"+suffix
	// Whatever happens, the servers are deleted.
	defer func() {
		_, _, deleteErr := measure(openstack("server", "delete", "--wait", kept))
		if err == nil {
			err = deleteErr
		}
		if err != nil {
			_, _, _ = measure(openstack("server", "delete", "--wait", waited))
		}
	}()
	steps := map[string][]string{
		goCreate:     append(slices.Clip(create), "--keep", "--name", kept),
		pythonCreate: append(openstack("server", "create", "--wait", waited), server...),
		goBoth:       append(slices.Clip(create), "--name", "compare-both-"+suffix),
		pythonDelete: openstack("server", "delete", "--wait", waited),
	}
	order := []string{goCreate, pythonCreate, goBoth}
	rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] }) //nolint:gosec // no secret
	for _, command := range append(order, pythonDelete) {
		used, stderr, err := measure(steps[command])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", command, err)
		}
		baseID := traceID(stderr)
		if baseID == "" {
			return nil, errors.New(command + " printed no trace id:\n" + stderr)
		}
		results = append(results, result{run: run, command: command, usage: used, baseID: baseID})
	}
	return results, nil
}
