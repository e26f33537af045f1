// SPDX-License-Identifier: Apache-2.0

package sqlalchemy

import (
	"cmp"
	"database/sql/driver"
	"errors"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/ostrace/ostrace/store/internal/connection"
)

var postgresDialect = dialect{
	connector: postgresConnector,
	parameter: func(n int) string { return "$" + strconv.Itoa(n) },
	asJSON:    "CAST(%s AS JSON)",
	asText:    "CAST(%s AS TEXT)",
	exactID:   "base_id",
	create: append(
		[]string{"CREATE TABLE data (id SERIAL NOT NULL, " + columns + ", PRIMARY KEY (id))"},
		indexes("CREATE INDEX %s ON data (%s)")...,
	),
	noTable: func(err error) bool { return isPostgres(err, "42P01") },
	// The name of the table, of its type or of an index exists already.
	exists: func(err error) bool { return isPostgres(err, "42P07", "23505") },
}

func isPostgres(err error, codes ...string) bool {
	answer, found := errors.AsType[*pgconn.PgError](err)
	return found && slices.Contains(codes, answer.Code)
}

func postgresConnector(where connection.String) (driver.Connector, error) {
	config, err := postgresConfig(where)
	if err != nil {
		return nil, err
	}
	return &withheld{stdlib.GetConnector(*config)}, nil
}

// withheld is a connector that keeps the password in the fields behind a
// pointer. A [sql.DB] that is printed shows only the pointer's address.
type withheld struct{ driver.Connector }

func postgresConfig(where connection.String) (*pgx.ConnConfig, error) {
	settings := map[string]string{"dbname": database(where), "user": where.User()}
	for name := range where.Query() {
		settings[name], _ = where.Option(name)
	}
	var hosts, ports []string
	named := where.Hosts
	if values := where.Query()["host"]; len(values) > 0 {
		named = strings.Split(strings.Join(values, ","), ",")
	}
	for _, text := range named {
		host, port, err := net.SplitHostPort(text)
		if err != nil {
			host, port = text, ""
		}
		hosts, ports = append(hosts, strings.Trim(host, "[]")), append(ports, port)
	}
	settings["host"] = strings.Join(hosts, ",")
	if port := strings.Join(ports, ","); strings.Trim(port, ",") != "" {
		settings["port"] = port
	}
	// The password is not in the text that errors can quote.
	password := cmp.Or(settings["password"], where.Password())
	delete(settings, "password")

	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if value := settings[name]; value != "" {
			text.WriteString(name + "='" + quote.Replace(value) + "' ")
		}
	}
	config, err := pgx.ParseConfig(text.String())
	if err != nil {
		reason := "the options are not libpq's"
		if message := err.Error(); strings.Contains(message, "`: ") { // the reason stands behind the options, which can hold secrets
			reason = message[strings.LastIndex(message, "`: ")+len("`: "):]
		}
		return nil, where.Wrap(errors.New(reason))
	}
	if password != "" {
		config.Password = password
	}
	config.ConnectTimeout = cmp.Or(config.ConnectTimeout, connectTimeout)
	// There are no prepared statements, so that a connection pooler can be in
	// between.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	return config, nil
}

// quote escapes a value between quotes in libpq's form key='value'.
var quote = strings.NewReplacer(`\`, `\\`, `'`, `\'`)
