// SPDX-License-Identifier: Apache-2.0

// Package metadata has what metadata.yaml says of the receiver, in the form that
// the Collector's mdatagen gives it.
package metadata

import "go.opentelemetry.io/collector/component"

// Type is the type of the receiver in the Collector's configuration.
var Type = component.MustNewType("osprofiler")

// ScopeName is the instrumentation scope of the receiver's metrics.
const ScopeName = "github.com/ostrace/ostrace/collector/osprofilerreceiver"

// TracesStability is how stable the receiver is.
const TracesStability = component.StabilityLevelAlpha
