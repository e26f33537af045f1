// SPDX-License-Identifier: Apache-2.0

package adopting_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestExporter scrapes the exporter once.
func TestExporter(t *testing.T) {
	exporter := adopt(t, project{
		name:   "openstack-exporter",
		module: "github.com/openstack-exporter/openstack-exporter", version: "v1.7.1-0.20260806152959-a94a54f20b35",
		main: ".",
	})
	exporter.describe(t)
	program := exporter.build(t, exporter.main)

	c := newCollector(t)
	address := freeAddress(t)
	cmd := exec.CommandContext(t.Context(), program, "--web.listen-address", address, "--os-client-config", cloudsYAML(), cloudName)
	cmd.Env = environment(c.environment("openstack-exporter")...)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	metrics, err := scrape(t, address)
	// The last spans are exported when the program ends.
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%s: %v\n%s", cmd, err, &log)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	if !strings.Contains(metrics, "openstack_nova_up 1") {
		t.Errorf("Nova is not up in the metrics:\n%s", metrics)
	}
	c.draw(t, "openstack-exporter", expected{
		root:     "collect nova",
		requests: []string{"GET /v2.1/servers/detail", "GET /v2.1/os-hypervisors/detail"},
		services: []string{"keystone", "nova"},
	})
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// scrape returns the metrics, as soon as the program listens.
func scrape(t *testing.T, address string) (string, error) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		resp, err := http.Get("http://" + address + "/metrics")
		if err == nil {
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err == nil && resp.StatusCode != http.StatusOK {
				err = fmt.Errorf("%s: %s", resp.Status, body)
			}
			return string(body), err
		}
		select {
		case <-tick.C:
		case <-deadline:
			return "", err
		}
	}
}
