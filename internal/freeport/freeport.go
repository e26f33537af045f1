// SPDX-License-Identifier: Apache-2.0

// Package freeport finds ports for the servers of tests.
package freeport

import (
	"errors"
	"net"
	"os"
	"strconv"
	"sync/atomic"
)

// The system takes the ports of connections from 32768 on (Linux), or from 49152 on
// (macOS, Windows). A port of these could be taken before a server listens there.
const first, last = 12_000, 32_000

// tried is the number of ports that were tried.
var tried atomic.Int64

// Take returns a port of 127.0.0.1 on which nothing listens. It returns each port only
// once, so that several tests can start servers at the same time.
func Take() (string, error) {
	for range last - first {
		// Programs that run at the same time begin at different ports.
		port := strconv.Itoa(first + (64*os.Getpid()+int(tried.Add(1)))%(last-first))
		listener, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err == nil {
			return port, listener.Close()
		}
	}
	return "", errors.New("no port is free")
}
