// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/waterfall"
)

// labels has the texts that the tree and the page write for a point.
var labels = waterfall.Labels{
	Detail: points.FunctionName, Kind: points.PointName, IDs: points.IDs, Missing: points.Missing,
	RequestID: points.RequestID, NotFound: points.NotFound,
}

// dotLabels are what "osprofiler trace show --dot" writes of a point.
var dotLabels = waterfall.Labels{
	Name: points.PointName, Detail: points.RequestOrFunction, Missing: points.Missing, NotFound: points.NotFound,
}
