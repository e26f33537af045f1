// SPDX-License-Identifier: Apache-2.0

// Command measure measures the cost of the gateway. wrk sends as many requests as
// it can to Caddy, and to httputil.ReverseProxy, each without the gateway and with
// it. The servers that are compared are measured in turn, in rounds, so that a
// disturbance of the machine affects all of them. The command writes gateway.md
// and gateway.csv.
package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

func main() {
	if role := os.Getenv(roleVariable); role != "" {
		if err := serve(role, os.Args[1], os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	var p plan
	flag.IntVar(&p.rounds, "rounds", 15, "rounds of what the goal is about: Caddy, Caddy again, and with the gateway at 1 %")
	flag.IntVar(&p.others, "others", 3, "rounds of everything else")
	flag.DurationVar(&p.duration, "duration", 20*time.Second, "how long each measurement in a round lasts")
	flag.IntVar(&p.connections, "connections", 50, "how many connections wrk has")
	output := flag.String("output", "", "the folder to which gateway.md and gateway.csv are written; without it the page goes to standard output")
	flag.Parse()
	if err := p.run(*output); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

// plan says which servers are measured, and for how long.
type plan struct {
	rounds, others, connections int
	duration                    time.Duration
}

func (p plan) run(output string) error {
	if p.rounds < 2 || p.others < 2 || p.duration < time.Second || p.connections < 1 {
		return errors.New("at least two rounds, one second and one connection are needed")
	}
	servers, stop, err := startServers()
	defer stop()
	if err != nil {
		return err
	}
	for _, s := range servers { // to warm them up
		if _, err := s.measure(time.Second, p.connections); err != nil {
			return err
		}
	}
	for _, group := range []struct {
		names  []string
		rounds int
	}{
		{[]string{caddyAlone, caddyAgain, caddyOne}, p.rounds},
		{[]string{caddyAlone, caddyNone, caddyAll}, p.others},
		{[]string{proxyAlone, proxyNone, proxyOne, proxyAll}, p.others},
	} {
		for round := range group.rounds {
			fmt.Fprintf(os.Stderr, "%s: round %d of %d\n", strings.Join(group.names, ", "), round+1, group.rounds)
			for _, i := range rand.Perm(len(group.names)) { //nolint:gosec // it is only the order
				s := servers[group.names[i]]
				m, err := s.measure(p.duration, p.connections)
				if err != nil {
					return err
				}
				s.rounds = append(s.rounds, m)
			}
		}
	}
	page := p.page(servers)
	if output == "" {
		_, err := os.Stdout.Write(page)
		return err
	}
	if err := os.WriteFile(filepath.Join(output, "gateway.md"), page, 0o644); err != nil { //nolint:gosec // a page that everybody reads
		return err
	}
	return os.WriteFile(filepath.Join(output, "gateway.csv"), table(servers), 0o644) //nolint:gosec // a page that everybody reads
}

// comparison compares two servers over the same rounds.
type comparison struct{ with, without string }

func (p plan) page(servers map[string]*server) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `# What the gateway costs

`+"`make measure-gateway`"+` wrote this page. wrk had %d connections and 2 threads, and each measurement took %v. The machine has %d processors (%s/%s, %s), which wrk, the proxy and the service behind it shared. The service answered each request with 1 KiB. Spans were exported over OTLP to a process that discards them.

Each ratio compares two servers in the same round: the first column over the second. The interval is the 95 %% confidence interval by Student's t distribution, for the logarithms of the ratios.

| server | compared with | rounds | throughput | p50 | p99 |
| --- | --- | --- | --- | --- | --- |
`, p.connections, p.duration, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, processor())
	for _, c := range []comparison{
		{caddyAgain, caddyAlone}, {caddyOne, caddyAlone}, {caddyNone, caddyAlone}, {caddyAll, caddyAlone},
		{proxyNone, proxyAlone}, {proxyOne, proxyAlone}, {proxyAll, proxyAlone},
	} {
		with, without := servers[c.with].rounds, servers[c.without].rounds
		if c.with == caddyNone || c.with == caddyAll { // these have only the later rounds of Caddy alone
			without = without[p.rounds:]
		}
		throughput, p50, p99 := ratios(with, without)
		fmt.Fprintf(&b, "| %s | %s | %d | %s | %s | %s |\n", c.with, c.without, len(with), throughput, p50, p99)
	}
	throughput, _, p99 := ratios(servers[caddyOne].rounds, servers[caddyAlone].rounds)
	fmt.Fprintf(&b, `
The goal: at 1 %%, the interval of the throughput's ratio is between 0.97 and 1.03, and the interval of p99's ratio is below 1.03.

- Throughput: %s.
- p99: %s.

| server | requests a second | p50 | p99 | memory |
| --- | --- | --- | --- | --- |
`, throughput.verdict(0.97, 1.03), p99.verdict(0, 1.03))
	for _, name := range names {
		m := median(servers[name].rounds)
		fmt.Fprintf(&b, "| %s | %.0f | %v | %v | %d MiB |\n", name, m.throughput, m.p50, m.p99, m.memory>>20)
	}
	b.WriteString("\nThese are medians. The memory is the resident memory of the process at the end of a measurement. [All measurements](gateway.csv) are in a table.\n")
	return b.Bytes()
}

func table(servers map[string]*server) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"server", "measurement", "requests per second", "p50 ms", "p99 ms", "resident bytes"}) // a buffer never fails
	for _, name := range names {
		for i, m := range servers[name].rounds {
			_ = w.Write([]string{
				name, strconv.Itoa(i + 1), strconv.FormatFloat(m.throughput, 'f', 1, 64),
				milliseconds(m.p50), milliseconds(m.p99), strconv.FormatInt(m.memory, 10),
			}) // a buffer never fails
		}
	}
	w.Flush()
	return b.Bytes()
}

func milliseconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 3, 64)
}

// processor returns the processor's name.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.Version()
	}
	for line := range strings.Lines(string(text)) {
		if name, found := strings.CutPrefix(line, "model name"); found {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :")) + ", " + runtime.Version()
		}
	}
	return runtime.Version()
}
