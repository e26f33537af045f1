// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// usage is what a group of processes has used of the machine.
type usage struct {
	cpu      time.Duration // user and system time since its start, to a hundredth of a second
	resident int64         // bytes of memory; a page that two processes share is in it twice
}

// ticks are the ticks of a second in /proc. Linux has this number on every platform
// that Go runs on.
const ticks = 100

// usages returns the usage of each process group, by its id, from a /proc. Each of
// the cloud's services is a process group. A process that has ended is in the time of
// the parent that waited for it.
func usages(proc fs.FS) (map[int]usage, error) {
	entries, err := fs.ReadDir(proc, ".")
	if err != nil {
		return nil, err
	}
	groups := map[int]usage{}
	for _, entry := range entries {
		if _, err := strconv.Atoi(entry.Name()); err != nil {
			continue
		}
		text, err := fs.ReadFile(proc, entry.Name()+"/stat")
		if err != nil {
			continue // it has ended
		}
		group, used, err := parseStat(text)
		if err != nil {
			return nil, fmt.Errorf("/proc/%s/stat: %w", entry.Name(), err)
		}
		all := groups[group]
		all.cpu += used.cpu
		all.resident += used.resident
		groups[group] = all
	}
	return groups, nil
}

// parseStat reads a /proc/PID/stat (proc_pid_stat(5)). The name in parentheses may
// hold spaces and parentheses.
func parseStat(text []byte) (group int, used usage, err error) {
	end := bytes.LastIndexByte(text, ')')
	fields := strings.Fields(string(text[end+1:]))
	const pgrp, utime, cstime, rss = 2, 11, 14, 21
	if end < 0 || len(fields) <= rss {
		return 0, used, fmt.Errorf("it has only %d fields", len(fields))
	}
	number := func(i int) int64 {
		n, failure := strconv.ParseInt(fields[i], 10, 64)
		if failure != nil && err == nil {
			err = failure
		}
		return n
	}
	for i := utime; i <= cstime; i++ {
		used.cpu += time.Duration(number(i)) * time.Second / ticks
	}
	used.resident = number(rss) * int64(os.Getpagesize())
	return int(number(pgrp)), used, err
}

// services returns the process groups of the running cloud, by their names in
// "openstack status".
func services(state string) (map[string]int, error) {
	files, err := filepath.Glob(filepath.Join(state, "current/run/*.pid"))
	if err != nil {
		return nil, err
	}
	groups := map[string]int{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		pid, _, _ := strings.Cut(string(text), " ")
		if groups[strings.TrimSuffix(filepath.Base(file), ".pid")], err = strconv.Atoi(pid); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	if len(groups) == 0 {
		return nil, fmt.Errorf("no process of a cloud is in %s/current/run", state)
	}
	return groups, nil
}

// ownTime returns the processor time of this process, and of the commands that it has
// run.
func ownTime() time.Duration {
	var total time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var used syscall.Rusage
		_ = syscall.Getrusage(who, &used) // fails only for another argument
		total += time.Duration(used.Utime.Nano() + used.Stime.Nano())
	}
	return total
}
