// SPDX-License-Identifier: Apache-2.0

package stores_test

import (
	"database/sql"
	"fmt"
	"os/exec"
	"os/user"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
)

// sqlServer is a database server.
type sqlServer struct {
	server
	port string
	// bytes does the same as fresh, for a database without a character set. raw
	// returns an SQL expression for a text of any bytes, which are given in
	// hex.
	bytes func(t testing.TB) string
	raw   func(hex string) string
	// admin has all rights. in returns an administrator's connection to the
	// database of a connection string from fresh.
	admin *sql.DB
	in    func(t testing.TB, connection string) *sql.DB
}

func openDB(t testing.TB, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	eventually(t, "the database answers", func() bool { return db.PingContext(t.Context()) == nil })
	return db
}

func execute(t testing.TB, db *sql.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// databases counts the databases that the tests make, for their names.
var databases atomic.Int64

func mariadbServer(t testing.TB, options ...string) sqlServer {
	t.Helper()
	dir := folder(t)
	name, _, _ := runsAs(t)
	data, socket := filepath.Join(dir, "data"), filepath.Join(dir, "socket")
	// The administrator is the user who runs the tests, and can connect only
	// through the socket. There is no other account, neither with a password
	// nor without one.
	current, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	run(t, exec.Command("mariadb-install-db", "--no-defaults", "--user="+name, "--datadir="+data,
		"--auth-root-authentication-method=socket", "--auth-root-socket-user="+current.Username, "--skip-test-db", "--skip-name-resolve"))
	port := freePorts(t, 1)[0]
	serve(t, "127.0.0.1:"+port, exec.Command("/usr/sbin/mariadbd", append([]string{
		"--no-defaults", "--datadir=" + data, "--socket=" + socket, "--port=" + port,
		"--bind-address=127.0.0.1", "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0",
	}, options...)...), syscall.SIGTERM)

	admin := current.Username + "@unix(" + socket + ")/"
	s := sqlServer{port: port, admin: openDB(t, "mysql", admin)}
	execute(t, s.admin, "CREATE USER osprofiler@127.0.0.1 IDENTIFIED BY '"+password+"'")
	s.markless, s.large = true, 64<<20
	create := func(t testing.TB, options string) string {
		t.Helper()
		name := fmt.Sprintf("osprofiler%d", databases.Add(1))
		execute(t, s.admin, "CREATE DATABASE "+name+options, "GRANT ALL ON "+name+".* TO osprofiler@127.0.0.1")
		return "mysql+pymysql://osprofiler:" + escaped + "@127.0.0.1:" + port + "/" + name
	}
	s.fresh = func(t testing.TB) string { return create(t, "") }
	s.bytes = func(t testing.TB) string { return create(t, " CHARACTER SET binary") }
	s.raw = func(hex string) string { return "X'" + hex + "'" }
	s.in = func(t testing.TB, connection string) *sql.DB {
		t.Helper()
		return openDB(t, "mysql", admin+filepath.Base(connection)+"?sql_mode=%27NO_BACKSLASH_ESCAPES%27")
	}
	return s
}

func postgresServer(t testing.TB) sqlServer {
	t.Helper()
	dir := folder(t)
	programs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(programs) == 0 {
		t.Fatal("no PostgreSQL; test/stores/install installs what is needed")
	}
	bin, data := programs[len(programs)-1], filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "--pgdata="+data, "--username=admin", "--auth-local=trust",
		"--auth-host=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync")
	initdb.Dir = dir
	run(t, initdb)
	port := freePorts(t, 1)[0]
	postgres := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-F", "-p", port, "-k", dir, "-c", "listen_addresses=127.0.0.1")
	postgres.Dir = dir
	serve(t, "127.0.0.1:"+port, postgres, syscall.SIGINT)

	in := func(t testing.TB, database string) *sql.DB {
		t.Helper()
		return openDB(t, "pgx", "host="+dir+" port="+port+" user=admin dbname="+database)
	}
	s := sqlServer{port: port, admin: in(t, "postgres")}
	execute(t, s.admin, "CREATE USER osprofiler PASSWORD '"+password+"'")
	s.markless, s.large = true, 64<<20
	create := func(t testing.TB, options string) string {
		t.Helper()
		name := fmt.Sprintf("osprofiler%d", databases.Add(1))
		execute(t, s.admin, "CREATE DATABASE "+name+" OWNER osprofiler"+options)
		return "postgresql://osprofiler:" + escaped + "@127.0.0.1:" + port + "/" + name
	}
	s.fresh = func(t testing.TB) string { return create(t, "") }
	s.bytes = func(t testing.TB) string { return create(t, " ENCODING 'SQL_ASCII' TEMPLATE template0") }
	s.raw = func(hex string) string { return `convert_from('\x` + hex + `'::bytea, 'SQL_ASCII')` }
	s.in = func(t testing.TB, connection string) *sql.DB {
		t.Helper()
		return in(t, filepath.Base(connection))
	}
	return s
}
