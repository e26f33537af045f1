// SPDX-License-Identifier: Apache-2.0

package freeport_test

import (
	"net"
	"testing"

	"github.com/ostrace/ostrace/internal/freeport"
)

// Each port is free, and is given only once.
func TestTake(t *testing.T) {
	given := map[string]bool{}
	for range 100 {
		port, err := freeport.Take()
		if err != nil {
			t.Fatal(err)
		}
		if given[port] {
			t.Errorf("the port %s is given twice", port)
		}
		given[port] = true
		listener, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			t.Error(err)
			continue
		}
		defer listener.Close()
	}
}
