// SPDX-License-Identifier: Apache-2.0

package stores_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Nobody can log in to a database without its password, or as its administrator
// over TCP.
func TestDatabaseAccounts(t *testing.T) {
	t.Parallel()
	s := mariadbServer(t)
	for _, user := range []string{"root", "mysql", "root:", "", "osprofiler", account} {
		db, err := sql.Open("mysql", user+"@tcp(127.0.0.1:"+s.port+")/")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.PingContext(t.Context()); err == nil || !strings.Contains(err.Error(), "Access denied") {
			t.Errorf("%q without a password: %v", user, err)
		}
	}
	var open int
	query := "SELECT COUNT(*) FROM mysql.global_priv WHERE JSON_VALUE(priv, '$.plugin') = 'mysql_native_password' AND JSON_VALUE(priv, '$.authentication_string') = '' AND COALESCE(JSON_VALUE(priv, '$.account_locked'), 0) = 0"
	if err := s.admin.QueryRowContext(t.Context(), query).Scan(&open); err != nil || open != 0 {
		t.Errorf("%d accounts without a password (%v)", open, err)
	}

	postgres := postgresServer(t)
	for _, user := range []string{"admin", "postgres", "osprofiler", account} {
		db, err := sql.Open("pgx", "host=127.0.0.1 sslmode=disable dbname=postgres user="+user+" port="+postgres.port)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.PingContext(t.Context()); err == nil || !strings.Contains(err.Error(), "password") {
			t.Errorf("%q without a password: %v", user, err)
		}
	}
}

// ownerOf returns the user of the program that listens on a port of 127.0.0.1.
func ownerOf(t testing.TB, port string) (uid int) {
	t.Helper()
	var number int
	if _, err := fmt.Sscan(port, &number); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tcp", "tcp6"} {
		table, err := os.ReadFile(filepath.Join("/proc/net", name))
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(table) {
			// The fields are sl local_address rem_address st … uid, and 0A is
			// LISTEN.
			fields := strings.Fields(string(line))
			if len(fields) > 7 && strings.HasSuffix(fields[1], fmt.Sprintf(":%04X", number)) && fields[3] == "0A" {
				if _, err := fmt.Sscan(fields[7], &uid); err != nil {
					t.Fatal(err)
				}
				return uid
			}
		}
	}
	t.Fatalf("nothing listens at %s", port)
	return 0
}
