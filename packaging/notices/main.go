// SPDX-License-Identifier: Apache-2.0

// Notices prints the licences and notices of the Go modules that ostrace is made
// of, on all platforms for which .goreleaser.yaml builds it. It runs in the root
// folder of the repository.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "notices: %v\n", err)
		os.Exit(1)
	}
}

func run(out io.Writer) error {
	builds, err := readBuilds(".goreleaser.yaml")
	if err != nil {
		return err
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	all := notices{goroot: strings.TrimSpace(string(goroot))}
	for _, b := range builds {
		packages, err := b.packages()
		if err != nil {
			return err
		}
		if err := all.add(packages); err != nil {
			return err
		}
	}
	if err := all.missing(); err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	all.write(w)
	return w.Flush()
}
