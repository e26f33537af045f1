// SPDX-License-Identifier: Apache-2.0

package forwardproxy

import (
	"io"
	"net"
)

// tunnel passes bytes on in both directions until both have ended, or one has
// failed.
func tunnel(client, server net.Conn) {
	done := make(chan error, 2)
	go func() { done <- pass(server, client) }()
	go func() { done <- pass(client, server) }()
	for range 2 {
		if err := <-done; err != nil {
			_, _ = client.Close(), server.Close()
		}
	}
	_, _ = client.Close(), server.Close()
}

// pass copies from one connection to another, and passes its end on.
func pass(to, from net.Conn) error {
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	return closeWrite(to)
}

// closeWrite ends what the other side of a connection reads, and leaves open
// what it writes, where the connection can do that.
func closeWrite(conn net.Conn) error {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return conn.Close()
}
