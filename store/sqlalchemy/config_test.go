// SPDX-License-Identifier: Apache-2.0

package sqlalchemy

import (
	"os/user"
	"testing"
	"time"

	"github.com/ostrace/ostrace/store/internal/connection"
)

func parse(t *testing.T, text string) connection.String {
	t.Helper()
	where, err := connection.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return where
}

func TestMySQLConfig(t *testing.T) {
	current, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	type config struct {
		user, password, net, address, database string
		connect, read, write                   time.Duration
		// tls is empty where there is no TLS. Otherwise it says what is not
		// checked.
		tls string
	}
	for text, want := range map[string]config{
		"mysql://h/db": {current.Username, "", "tcp", "h:3306", "db", connectTimeout, 0, 0, ""},
		"mysql+pymysql://u:p%40:w@[::1]:3307/db?charset=utf8":     {"u", "p@:w", "tcp", "[::1]:3307", "db", connectTimeout, 0, 0, ""},
		"mysql://u@/db?unix_socket=/run/x&connect_timeout=2":      {"u", "", "unix", "/run/x", "db", 2 * time.Second, 0, 0, ""},
		"mysql://u@h/db?read_timeout=30&write_timeout=1.5":        {"u", "", "tcp", "h:3306", "db", connectTimeout, 30 * time.Second, 1500 * time.Millisecond, ""},
		"mysql://u@h/db?ssl_verify_identity=true":                 {"u", "", "tcp", "h:3306", "db", connectTimeout, 0, 0, "h"},
		"mysql://u@h/db?ssl_check_hostname=false":                 {"u", "", "tcp", "h:3306", "db", connectTimeout, 0, 0, "h, any host"},
		"mysql://u@h/db?ssl_verify_cert=false":                    {"u", "", "tcp", "h:3306", "db", connectTimeout, 0, 0, "h, any"},
		"mysql://u@h/db?ssl_verify_cert=false&ssl_disabled=true":  {"u", "", "tcp", "h:3306", "db", connectTimeout, 0, 0, ""},
		"mysql://u@h/db?ssl_disabled=false&ssl_check_hostname=no": {"u", "", "tcp", "h:3306", "db", connectTimeout, 0, 0, "h, any host"},
	} {
		c, err := mysqlConfig(parse(t, text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := config{c.User, c.Passwd, c.Net, c.Addr, c.DBName, c.Timeout, c.ReadTimeout, c.WriteTimeout, ""}
		if c.TLS != nil {
			got.tls = c.TLS.ServerName
			switch {
			case c.TLS.VerifyConnection != nil:
				got.tls += ", any host"
			case c.TLS.InsecureSkipVerify:
				got.tls += ", any"
			}
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
}

func TestPostgresConfig(t *testing.T) {
	type config struct {
		user, password, host string
		port                 uint16
		database             string
		connect              time.Duration
		hosts                int
		application          string
	}
	for text, want := range map[string]config{
		"postgresql://u:p%27%5C%20w@h/db?sslmode=disable":                            {"u", `p'\ w`, "h", 5432, "db", connectTimeout, 1, ""},
		"postgresql+psycopg2://u:p@[::1]:5433/d'b\\?sslmode=disable":                 {"u", "p", "::1", 5433, `d'b\`, connectTimeout, 1, ""},
		"postgresql://u@/db?host=/run/postgresql&sslmode=disable":                    {"u", "", "/run/postgresql", 5432, "db", connectTimeout, 1, ""},
		"postgresql://u:x@/db?host=h1:1&host=h2:2&sslmode=disable&password=p":        {"u", "p", "h1", 1, "db", connectTimeout, 2, ""},
		"postgresql://u:p@h1:1,h2:2/db?sslmode=disable&connect_timeout=3":            {"u", "p", "h1", 1, "db", 3 * time.Second, 2, ""},
		"postgresql://h/db?user=u&password=p&sslmode=disable&application_name=a%20b": {"u", "p", "h", 5432, "db", connectTimeout, 1, "a b"},
	} {
		c, err := postgresConfig(parse(t, text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := config{c.User, c.Password, c.Host, c.Port, c.Database, c.ConnectTimeout, 1 + len(c.Fallbacks), c.RuntimeParams["application_name"]}
		if got != want {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
}
