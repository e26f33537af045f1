// SPDX-License-Identifier: Apache-2.0

package receiver_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// account is the user of MariaDB, which does not run as root, because its users could
// write root's files then.
const account = "ostrace-receiver"

// startMariaDB starts a MariaDB on a free port of 127.0.0.1, and returns the connection
// string of an empty database.
func startMariaDB(t testing.TB) (connection string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "ostrace-receiver") //nolint:usetesting // the account may not enter a t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	data, socket, port := filepath.Join(dir, "data"), filepath.Join(dir, "socket"), freePort(t)
	run := func(stdin, name string, args ...string) {
		t.Helper()
		command := exec.Command(name, args...)
		command.Env = environment(dir)
		command.Stdin = strings.NewReader(stdin)
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, output)
		}
	}
	run("", "chown", account+":", dir)
	// Only root of this machine is root of the databases, through the socket.
	run("", "mariadb-install-db", "--no-defaults", "--user="+account, "--datadir="+data,
		"--auth-root-authentication-method=socket", "--auth-root-socket-user=root", "--skip-test-db", "--skip-name-resolve")
	server := exec.Command("/usr/sbin/mariadbd", "--no-defaults", "--user="+account, "--datadir="+data, "--socket="+socket,
		"--port="+port, "--bind-address=127.0.0.1", "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0")
	server.Env = environment(dir)
	start(t, server).listens("127.0.0.1:" + port)
	run("create database osprofiler; create user osprofiler@127.0.0.1 identified by 'secret';"+
		"grant all on osprofiler.* to osprofiler@127.0.0.1", "mariadb", "--no-defaults", "--socket="+socket)
	return "mysql+pymysql://osprofiler:secret@127.0.0.1:" + port + "/osprofiler"
}
