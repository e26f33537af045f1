// SPDX-License-Identifier: Apache-2.0

package osprofilerreceiver_test

import (
	"fmt"

	"go.opentelemetry.io/collector/receiver"

	"github.com/ostrace/ostrace/collector/osprofilerreceiver"
)

// The Collector's builder makes a program like this one, which has the receiver
// among its factories.
func ExampleNewFactory() {
	factories := []receiver.Factory{osprofilerreceiver.NewFactory()}
	for _, factory := range factories {
		fmt.Println(factory.Type(), factory.TracesStability())
	}
	// Output: osprofiler Alpha
}
