// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"regexp"
	"time"
)

// newUUID returns a random UUID (version 4).
func newUUID() string {
	b := randomBytes(16)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

var globalRequestID = regexp.MustCompile(`^req-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$`)

// The three ways in which a service names a request, given the caller's global
// request id or nothing.

func ownRequestID(string) string { return "req-" + newUUID() }

func adoptedRequestID(global string) string {
	if global != "" {
		return global
	}
	return ownRequestID(global)
}

func swiftTransactionID(string) string {
	return fmt.Sprintf("tx%s-00%x", hex.EncodeToString(randomBytes(11))[:21], time.Now().Unix())
}
