// SPDX-License-Identifier: Apache-2.0

// Package sqlalchemy reads and writes the notifications of OSProfiler's
// SQLAlchemy driver in MySQL, MariaDB and PostgreSQL: the table data, which has
// a row for each notification.
//
// Connection strings are SQLAlchemy's, with the schemes that OSProfiler knows:
//
//	mysql://user:password@host[:port]/database           also mysql+pymysql, mysql+mysqldb
//	postgresql://user:password@host[:port]/database      also postgresql+psycopg2
//
// The options for MySQL are those options of its Python drivers that say where
// and how to connect: connect_timeout, read_timeout and write_timeout in
// seconds, unix_socket, ssl_ca, ssl_cert, ssl_key, ssl_check_hostname,
// ssl_verify_cert, ssl_verify_identity and ssl_disabled; charset, use_unicode
// and similar options are accepted and ignored. Without an option that begins
// with ssl there is no TLS; with one, the server's certificate and its host are
// checked unless an option says otherwise. A host is always reached over TCP,
// also localhost; for a socket, give the option unix_socket.
//
// The options for PostgreSQL are libpq's, such as sslmode, sslrootcert and
// connect_timeout. The environment variables PG… and the file ~/.pgpass, which
// libpq reads, are used too.
//
// A connection that is not made within 5 seconds fails; connect_timeout sets
// another time. Only the context limits the time of a query.
package sqlalchemy
