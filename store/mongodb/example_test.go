// SPDX-License-Identifier: Apache-2.0

package mongodb_test

import (
	"context"
	"fmt"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/mongodb"
)

// The traces that a MongoDB holds.
func ExampleStore_List() {
	s, err := mongodb.Open("mongodb://osprofiler:secret@mongo.example:27017/?authSource=admin")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	for trace, err := range s.List(context.Background(), points.AllTraces) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(trace.BaseID, trace.Timestamp, trace.Notifications)
	}
}

// The database of a connection string is the one that checks the user, and
// passwords are percent-encoded.
func ExampleOpen() {
	_, err := mongodb.Open("mongodb://osprofiler:50%off@mongo.example/admin")
	fmt.Println(err)
	// Output: mongodb://***@mongo.example/admin: there is a % in the user or the password that is not written as %25
}
