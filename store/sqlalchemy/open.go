// SPDX-License-Identifier: Apache-2.0

package sqlalchemy

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
	"time"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/internal/connection"
	"github.com/ostrace/ostrace/store/internal/limit"
)

// Store reads and writes the notifications of OSProfiler's driver in a
// database. It implements [points.Store] and [points.Writer].
type Store struct {
	where connection.String
	db    *sql.DB
	dialect
	limits limit.Limits
}

var (
	_ points.Store  = (*Store)(nil)
	_ points.Writer = (*Store)(nil)
)

// connectTimeout limits the time that a connection takes, unless the connection
// string has another limit.
const connectTimeout = 5 * time.Second

// dialect has the differences between the servers.
type dialect struct {
	// connector returns the driver's connector for a connection string.
	connector func(connection.String) (driver.Connector, error)
	// parameter returns the text of a statement's nth parameter. The first is
	// 1.
	parameter func(n int) string
	// asJSON is the SQL that makes a JSON value of a parameter.
	asJSON string
	// asText is the SQL that makes a text of a column with JSON.
	asText string
	// exactID is the SQL for the column base_id that compares it byte by byte.
	exactID string
	// create are the statements that make the table, if it does not exist.
	create []string
	// noTable reports whether an error says that the table does not exist.
	// exists reports whether an error says that another program has just made
	// it.
	noTable, exists func(error) bool
}

// text returns the SQL for a column with JSON as text.
func (d dialect) text(column string) string { return fmt.Sprintf(d.asText, column) }

// Open returns the store that a connection string names; see the package's
// documentation. It does not connect: the first use of the store does. An error
// says what is wrong with the connection string, and does not show its
// password.
func Open(connectionString string) (*Store, error) {
	where, err := connection.Parse(connectionString)
	if err != nil {
		return nil, err
	}
	s := &Store{where: where, limits: limit.Default()}
	switch where.Scheme {
	case "mysql", "mysql+pymysql", "mysql+mysqldb":
		s.dialect = mysqlDialect
	case "postgresql", "postgresql+psycopg2":
		s.dialect = postgresDialect
	default:
		return nil, where.Errorf("the scheme must be mysql, mysql+pymysql, mysql+mysqldb, postgresql or postgresql+psycopg2")
	}
	connector, err := s.connector(where)
	if err != nil {
		return nil, err
	}
	s.db = sql.OpenDB(connector)
	return s, nil
}

// database returns the name of the database, which may be empty.
func database(where connection.String) string { return strings.TrimPrefix(where.Path, "/") }

// Format writes the connection string without its user, password and options,
// for every verb.
func (s *Store) Format(f fmt.State, verb rune) { s.where.Format(f, verb) }

// Close closes the connections.
func (s *Store) Close() error { return s.where.Wrap(s.db.Close()) }

// wrap adds to an error where it happened, and what it means.
func (s *Store) wrap(err error) error {
	if err != nil && s.noTable(err) {
		err = fmt.Errorf(`there is no table "data": OSProfiler has written nothing to this database: %w`, err)
	}
	return s.where.Wrap(err)
}
