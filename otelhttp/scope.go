// SPDX-License-Identifier: Apache-2.0

package otelhttp

import "github.com/ostrace/ostrace/internal/scope"

const (
	// ScopeName is the name of the instrumentation scope of the package's spans
	// and metrics.
	ScopeName = "github.com/ostrace/ostrace/otelhttp"
	// Version is the version of the instrumentation scope.
	Version = "0.1.0"
)

var instrumentation = scope.New(ScopeName, Version)
