// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// suite are the benchmarks of a Go package whose results go into one raw file.
type suite struct {
	file, dir, benchmarks string
	// times is the number of operations of each benchmark, if it does not
	// depend on the time.
	times string
	once  bool // measured once, and not in each run
}

var suites = []suite{
	{file: "comparison.txt", dir: ".", benchmarks: "^Benchmark(Sign|Verify|Inject|Extract|Transport|TransportOff|Handler|HandlerOff|Gophercloud|GophercloudOff)$"},
	{file: "sha256.txt", dir: ".", benchmarks: "^Benchmark(SignSHA256|VerifySHA256)$"},
	{file: "loopback.txt", dir: ".", benchmarks: "^BenchmarkLoopback$"},
	{file: "growth.txt", dir: ".", benchmarks: "^Benchmark(Keys|Endpoints|InfoBytes|RequestHeaders)$"},
	{file: "goroutines.txt", dir: ".", benchmarks: "^BenchmarkGoroutines$", times: "30000x"},
	{file: "kept.txt", dir: ".", benchmarks: "^BenchmarkNothingKept$", times: "1000000x", once: true},
	{file: "drawing.txt", dir: "../../waterfall", benchmarks: "^Benchmark(Tree|Draw|HTML)$"},
}

// withPython is the file that also has the figures of OSProfiler's own code.
const withPython = "comparison.txt"

// python is Debian's Python, for which there is a package of OSProfiler.
const python = "/usr/bin/python3"

// measure runs every suite count times. It runs each once before it runs any
// again, so that other work of the machine affects all of them equally. It
// writes the raw files when everything has been measured.
func measure(ctx context.Context, count int, benchtime time.Duration) error {
	build, err := os.MkdirTemp("", "ostrace-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(build) //nolint:errcheck // a temporary folder
	binaries := make([]string, len(suites))
	for i, s := range suites {
		binaries[i] = filepath.Join(build, s.file+".test")
		if _, err := output(ctx, s.dir, "go", "test", "-c", "-o", binaries[i], "."); err != nil {
			return err
		}
	}
	_, err = output(ctx, ".", python, "-c", "import osprofiler.web")
	osprofiler := err == nil
	if !osprofiler {
		fmt.Fprintf(os.Stderr, "Without the rows of OSProfiler's own code, because %s has none; test/osprofiler/install installs it on Debian.\n", python)
	}

	kernel, err := output(ctx, ".", "uname", "-sr")
	if err != nil {
		return err
	}
	files := map[string]*raw{}
	for _, s := range suites {
		files[s.file] = newRaw("go: "+runtime.Version(), "cores: "+strconv.Itoa(runtime.NumCPU()), "kernel: "+strings.TrimSpace(string(kernel)))
	}
	for i := range count {
		fmt.Fprintf(os.Stderr, "%s run %d of %d\n", time.Now().Format(time.TimeOnly), i+1, count)
		for j, s := range suites {
			if s.once && i > 0 {
				continue
			}
			times := cmp.Or(s.times, benchtime.String())
			lines, err := output(ctx, s.dir, binaries[j], "-test.run=^$", "-test.bench="+s.benchmarks, "-test.benchtime="+times, "-test.timeout=1h")
			if err != nil {
				return err
			}
			files[s.file].add(lines)
			if s.file == withPython && osprofiler {
				lines, err := output(ctx, ".", python, "python.py", fmt.Sprint(benchtime.Seconds()))
				if err != nil {
					return err
				}
				files[s.file].add(lines)
			}
		}
	}
	if err := os.MkdirAll(rawDir, 0o755); err != nil { //nolint:gosec // for everybody to read
		return err
	}
	for file, r := range files {
		if err := os.WriteFile(filepath.Join(rawDir, file), r.bytes(), 0o644); err != nil { //nolint:gosec // for everybody to read
			return err
		}
	}
	return nil
}

// output returns the standard output of a command. Its error has the other
// output.
func output(ctx context.Context, dir, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // this program chooses the commands
	cmd.Dir = dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s%s", strings.Join(cmd.Args, " "), err, &stdout, &stderr)
	}
	return stdout.Bytes(), nil
}

// raw is a raw file. It has the configuration lines once, and the lines of the
// benchmarks.
type raw struct {
	said   map[string]bool
	header []string
	lines  []string
}

var configuration = regexp.MustCompile(`^[a-z]+: `)

func newRaw(header ...string) *raw { return &raw{said: map[string]bool{}, header: header} }

func (r *raw) add(output []byte) {
	for scanner := bufio.NewScanner(bytes.NewReader(output)); scanner.Scan(); {
		line := scanner.Text()
		switch {
		case strings.HasPrefix(line, "Benchmark"):
			r.lines = append(r.lines, line)
		case configuration.MatchString(line) && !r.said[line]:
			r.said[line] = true
			r.header = append(r.header, line)
		}
	}
}

func (r *raw) bytes() []byte {
	return []byte(strings.Join(append(r.header, r.lines...), "\n") + "\n")
}
