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

// pass copies the bytes of one connection to another, and then closes the other for
// writing.
func pass(to, from net.Conn) error {
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	return closeWrite(to)
}

// closeWrite closes a connection for writing only, if the connection can do that.
// Otherwise it closes the connection.
func closeWrite(conn net.Conn) error {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return conn.Close()
}
