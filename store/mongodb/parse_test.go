// SPDX-License-Identifier: Apache-2.0

package mongodb

import (
	"strings"
	"testing"
)

// FuzzParse checks that no connection string causes a panic, or an error that
// shows the password.
func FuzzParse(f *testing.F) {
	f.Add("passwordpassword", "127.0.0.1:27017", "authSource=admin")
	f.Add("%70asswordpassword%", "[::1],[::2]", "tls=1&tlsInsecure=x")
	f.Add("pass@word:pass/word", "", "")
	f.Fuzz(func(t *testing.T, password, host, query string) {
		if strings.Contains(query, "File") { // the file would be opened
			return
		}
		_, _, err := parse("mongodb://user:" + password + "@" + host + "/?" + query)
		if err == nil || len(password) < 8 || strings.Contains(host+query, password) {
			return
		}
		if strings.Contains(err.Error(), password) {
			t.Error(err)
		}
	})
}
