// SPDX-License-Identifier: Apache-2.0

// Package sqlalchemy reads and writes what OSProfiler's SQLAlchemy driver stores
// in MySQL, MariaDB and PostgreSQL: the table data, a row for each notification.
//
// Connection strings are SQLAlchemy's, with the schemes that OSProfiler knows:
//
//	mysql://user:password@host[:port]/database           also mysql+pymysql, mysql+mysqldb
//	postgresql://user:password@host[:port]/database      also postgresql+psycopg2
//
// The options for MySQL are those of its Python drivers that say where and how to
// connect: connect_timeout, read_timeout and write_timeout in seconds,
// unix_socket, ssl_ca, ssl_cert, ssl_key, ssl_check_hostname, ssl_verify_cert,
// ssl_verify_identity and ssl_disabled; charset, use_unicode and the like are
// accepted and ignored. Without an option that begins with ssl there is no TLS;
// with one, the server's certificate and its host are checked unless an option
// says otherwise. A host is always reached over TCP; for a socket, name it.
//
// The options for PostgreSQL are libpq's, such as sslmode, sslrootcert and
// connect_timeout; what else libpq reads (the variables PG…, ~/.pgpass) counts
// too.
//
// A connection that is not made in 5 seconds fails, unless connect_timeout says
// otherwise. How long a query may take is for the context to say.
package sqlalchemy
