// SPDX-License-Identifier: Apache-2.0

package gateway

import "github.com/ostrace/ostrace/otelhttp"

const (
	// ScopeName is the name of the instrumentation scope that the package's
	// metrics carry. The package otelhttp makes its spans, which carry the
	// scope of otelhttp.
	ScopeName = "github.com/ostrace/ostrace/gateway"
	// Version is the version of the instrumentation scope.
	Version = otelhttp.Version
)
