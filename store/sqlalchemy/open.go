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

// Store is a database that OSProfiler writes to. It is a [points.Store] and a
// [points.Writer].
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

// connectTimeout bounds how long a connection takes, unless the connection
// string does.
const connectTimeout = 5 * time.Second

// dialect is what differs between the servers.
type dialect struct {
	// connector returns what connects as the connection string says.
	connector func(connection.String) (driver.Connector, error)
	// parameter is a statement's nth, from 1.
	parameter func(n int) string
	// asJSON makes a JSON value of a parameter.
	asJSON string
	// dataText is the column data as text.
	dataText string
	// exactID is the column base_id, compared byte by byte.
	exactID string
	// create makes the table, if it is not there.
	create []string
	// noTable tells whether an error says that the table is not there; exists,
	// that somebody else has just made it.
	noTable, exists func(error) bool
}

// Open returns the store at a connection string; see the package's documentation.
// It does not connect: the first use does. Errors say what is wrong with the
// connection string, without its password.
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
		return nil, where.Errorf("the scheme is none of mysql, mysql+pymysql, mysql+mysqldb, postgresql and postgresql+psycopg2")
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

// Format writes where the store is, for every verb: the connection string without
// its user, password and options.
func (s *Store) Format(f fmt.State, verb rune) { s.where.Format(f, verb) }

// Close ends the connections.
func (s *Store) Close() error { return s.where.Wrap(s.db.Close()) }

// wrap says of an error where it happened, and what it means.
func (s *Store) wrap(err error) error {
	if err != nil && s.noTable(err) {
		err = fmt.Errorf(`there is no table "data": OSProfiler has written nothing to this database: %w`, err)
	}
	return s.where.Wrap(err)
}
