// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
)

// requestsOf returns the number of the command's requests that services traced.
func requestsOf(baseID string) (int, error) {
	cmd := exec.Command("redis-cli", "-h", "127.0.0.1", "--raw", "lrange", "osprofiler_opt:"+baseID, "0", "-1") //nolint:gosec // a UUID
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	requests, err := countRequests(stdout)
	_, _ = io.Copy(io.Discard, stdout)
	if err = errors.Join(err, cmd.Wait()); err != nil {
		return 0, fmt.Errorf("trace %s: %w", baseID, err)
	}
	return requests, nil
}

// countRequests reads OSProfiler's notifications and returns the number of the
// client's requests, which are those that hang under no other point.
func countRequests(r io.Reader) (int, error) {
	points := map[string]bool{}
	var parents []string // the parents of the wsgi points
	decoder := json.NewDecoder(r)
	for {
		var n struct {
			Name     string `json:"name"`
			TraceID  string `json:"trace_id"`
			ParentID string `json:"parent_id"`
		}
		err := decoder.Decode(&n)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		points[n.TraceID] = true
		if n.Name == "wsgi-start" {
			parents = append(parents, n.ParentID)
		}
	}
	requests := 0
	for _, parent := range parents {
		if !points[parent] {
			requests++
		}
	}
	if requests == 0 {
		return 0, errors.New("the store has no request of the trace")
	}
	return requests, nil
}
