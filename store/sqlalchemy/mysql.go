// SPDX-License-Identifier: Apache-2.0

package sqlalchemy

import (
	"cmp"
	"context"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"os/user"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/ostrace/ostrace/store/internal/connection"
)

var mysqlDialect = dialect{
	connector: mysqlConnector,
	parameter: func(int) string { return "?" },
	asJSON:    "%s",
	asText:    "CAST(%s AS CHAR)",
	exactID:   "BINARY base_id",
	create: []string{"CREATE TABLE IF NOT EXISTS data (id INTEGER NOT NULL AUTO_INCREMENT, " + columns +
		", PRIMARY KEY (id), " + strings.Join(indexes("INDEX %s (%s)"), ", ") + ")"},
	noTable: func(err error) bool { return isMySQL(err, 1146) },
	exists:  func(error) bool { return false },
}

func isMySQL(err error, number uint16) bool {
	answer, found := errors.AsType[*mysql.MySQLError](err)
	return found && answer.Number == number
}

func mysqlConnector(where connection.String) (driver.Connector, error) {
	config, err := mysqlConfig(where)
	if err != nil {
		return nil, err
	}
	inner, err := mysql.NewConnector(config)
	if err != nil {
		return nil, where.Wrap(err)
	}
	return bounded{inner, config.Timeout}, nil
}

func mysqlConfig(where connection.String) (*mysql.Config, error) {
	if err := where.Only(
		"connect_timeout", "read_timeout", "write_timeout", "unix_socket",
		"ssl_ca", "ssl_cert", "ssl_key", "ssl_check_hostname", "ssl_verify_cert", "ssl_verify_identity", "ssl_disabled",
		// These options have no meaning for another client.
		"charset", "use_unicode", "binary_prefix", "compress", "local_infile", "client_flag", "autocommit", "program_name",
	); err != nil {
		return nil, err
	}
	if len(where.Hosts) > 1 {
		return nil, where.Errorf("it must have one host, not %d", len(where.Hosts))
	}
	if database(where) == "" {
		return nil, where.Errorf("the name of the database is missing, as in mysql://host/osprofiler")
	}
	config := mysql.NewConfig()
	config.User, config.Passwd, config.DBName = where.User(), where.Password(), database(where)
	if config.User == "" { // Python's drivers do the same
		if current, err := user.Current(); err == nil {
			config.User = current.Username
		}
	}
	config.Net, config.Addr = "tcp", where.Addresses("3306")[0]
	host, _, _ := net.SplitHostPort(config.Addr)
	if socket, found := where.Option("unix_socket"); found {
		config.Net, config.Addr = "unix", socket
	}
	config.Logger = &mysql.NopLogger{}
	var err error
	if config.Timeout, err = where.Seconds("connect_timeout", connectTimeout); err != nil {
		return nil, err
	}
	if config.ReadTimeout, err = where.Seconds("read_timeout", 0); err != nil {
		return nil, err
	}
	if config.WriteTimeout, err = where.Seconds("write_timeout", 0); err != nil {
		return nil, err
	}
	config.TLS, err = mysqlTLS(where, host)
	return config, err
}

func mysqlTLS(where connection.String, host string) (*tls.Config, error) {
	wanted := false
	for name := range where.Query() {
		wanted = wanted || strings.HasPrefix(name, "ssl_")
	}
	disabled, err := where.Bool("ssl_disabled", !wanted)
	if err != nil || disabled {
		return nil, err
	}
	var t connection.TLS
	t.Authorities, _ = where.Option("ssl_ca")
	t.Certificate, _ = where.Option("ssl_cert")
	t.Key, _ = where.Option("ssl_key")
	checkHost, err := where.Bool("ssl_check_hostname", true)
	if err != nil {
		return nil, err
	}
	identity, err := where.Bool("ssl_verify_identity", checkHost)
	if err != nil {
		return nil, err
	}
	verify, err := where.Bool("ssl_verify_cert", true)
	if err != nil {
		return nil, err
	}
	t.SkipHost, t.SkipAll = !identity, !verify
	return where.Config(t, host)
}

// bounded limits the time that a connection takes, with its handshake. The
// driver's own limit does not cover the handshake.
type bounded struct {
	driver.Connector
	timeout time.Duration
}

func (b bounded) Connect(ctx context.Context) (driver.Conn, error) {
	limited, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	conn, err := b.Connector.Connect(limited)
	if err != nil && limited.Err() != nil {
		return nil, cmp.Or(ctx.Err(), fmt.Errorf("no connection in %v", b.timeout))
	}
	return conn, err
}
