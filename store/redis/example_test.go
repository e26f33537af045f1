// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"context"
	"fmt"
	"os"

	"github.com/ostrace/ostrace/store/redis"
)

// This reads one trace from Redis.
func ExampleOpen() {
	s, err := redis.Open("redis://:secret@localhost:6379/0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer s.Close()
	for n, err := range s.Notifications(context.Background(), "e6b9f7a0-5b1c-4b3a-9a55-6a1f0c7d2e11") {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			continue
		}
		fmt.Println(n.Timestamp, n.Service, n.Name)
	}
}

// An error says where it happened, without the password.
func ExampleOpen_error() {
	_, err := redis.Open("redis://:secret@localhost:6379/first")
	fmt.Println(err)
	// Output: redis://***@localhost:6379/first: the database must be a number, as in redis://host:6379/1
}
