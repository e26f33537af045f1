// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/ostrace/ostrace/internal/requestid"
	"github.com/ostrace/ostrace/internal/uuid"
)

// newUUID returns a random UUID.
func newUUID() string { return uuid.NewV4([16]byte(randomBytes(16))).String() }

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// The three ways in which a service names a request, given the caller's global
// request id or nothing.

func ownRequestID(string) string { return requestid.New() }

func adoptedRequestID(global string) string {
	if global != "" {
		return global
	}
	return ownRequestID(global)
}

func swiftTransactionID(string) string {
	return fmt.Sprintf("tx%s-00%x", hex.EncodeToString(randomBytes(11))[:21], time.Now().Unix())
}
