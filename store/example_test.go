// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store"
)

// The connection string is that of the services' section [profiler].
func ExampleOpen() {
	s, err := store.Open("redis://:secret@localhost:6379/0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer s.Close()

	_, err = store.Open("messaging://")
	fmt.Println(err != nil)
	// Output: true
}

// This reads one trace from a store.
func ExampleOpen_notifications() {
	s, err := store.Open("postgresql://osprofiler:secret@localhost/osprofiler")
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

// This lists the traces of a store with their durations, without reading them.
func ExampleOpen_list() {
	s, err := store.Open("redissentinel://:secret@sentinel-1:26379,sentinel-2:26379?sentinel_service_name=mymaster")
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
		fmt.Println(trace.Timestamp, trace.Duration(), trace.BaseID, trace.Operation)
	}
}

// This reads what services store, from the beginning on and again and again. A
// program that is started again goes on with the last cursor.
func ExampleOpen_follow() {
	s, err := store.Open("redis://:secret@localhost:6379/0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer s.Close()
	var cursor []byte
	for range time.Tick(5 * time.Second) {
		for page, err := range s.(points.Follower).Follow(context.Background(), cursor) {
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				break
			}
			for _, n := range page.Notifications {
				fmt.Println(n.BaseID, n.Name)
			}
			cursor = page.Cursor
		}
	}
}
