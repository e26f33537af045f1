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

// There are three ways in which services make the id of a request. The argument
// is the caller's global request id, or an empty text.

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
