// SPDX-License-Identifier: Apache-2.0

package elasticsearch_test

import (
	"context"
	"fmt"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/elasticsearch"
)

// The traces that an Elasticsearch or OpenSearch holds.
func ExampleStore_List() {
	s, err := elasticsearch.Open("elasticsearch+https://osprofiler:secret@search.example:9200")
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

// A mistake in a connection string is an error that doesn't show the password.
func ExampleOpen() {
	_, err := elasticsearch.Open("elasticsearch://osprofiler:secret@one.example,two.example")
	fmt.Println(err)
	// Output: elasticsearch://***@one.example,two.example: it has more than one host; OSProfiler's driver takes one
}
