// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"github.com/ostrace/ostrace/internal/scope"
	"github.com/ostrace/ostrace/otelhttp"
)

const (
	// ScopeName is the name of the instrumentation scope of the package's spans
	// and metrics.
	ScopeName = "github.com/ostrace/ostrace/gophercloudtrace"
	// Version is the version of the instrumentation scope.
	Version = otelhttp.Version
)

var instrumentation = scope.New(ScopeName, Version)
