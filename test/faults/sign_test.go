// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"net/http"
)

// sign returns signed headers with any text, also one that OSProfiler would not
// write.
func sign(secret, text string) http.Header {
	info := base64.URLEncoding.EncodeToString([]byte(text))
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(info))
	return http.Header{"X-Trace-Info": {info}, "X-Trace-Hmac": {hex.EncodeToString(mac.Sum(nil))}}
}
