// SPDX-License-Identifier: Apache-2.0

package sqlalchemy_test

import (
	"context"
	"fmt"
	"os"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/sqlalchemy"
)

// This lists the traces of a database, each with its number of notifications.
func ExampleOpen() {
	s, err := sqlalchemy.Open("mysql+pymysql://osprofiler:secret@localhost/osprofiler")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer s.Close()
	for trace, err := range s.List(context.Background(), points.AllTraces) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			continue
		}
		fmt.Println(trace.BaseID, trace.Timestamp, trace.Notifications)
	}
}

// An error says where it happened, without the password.
func ExampleOpen_error() {
	_, err := sqlalchemy.Open("postgresql://osprofiler:secret@localhost/osprofiler?sslmode=yes")
	fmt.Println(err)
	// Output: postgresql://***@localhost/osprofiler: failed to configure TLS (sslmode is invalid)
}
