// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// labels has the page's names for the parts of a benchmark's name.
var labels = map[string]string{
	"by=none":           "nothing",
	"by=floor":          "bare floor",
	"by=python":         "OSProfiler, in Python",
	"by=naive":          "plain signer",
	"by=w3c":            "otelhttp, W3C",
	"by=b3":             "otelhttp, B3",
	"by=w3c+naive":      "otelhttp, W3C + plain signer",
	"by=w3c+floor":      "otelhttp, W3C + bare floor",
	"by=osprofiler":     "**ostrace**, OSProfiler",
	"by=w3c+osprofiler": "**ostrace**, W3C + OSProfiler",

	"headers=valid":    "signed",
	"headers=unspaced": "signed, other JSON",
	"headers=forged":   "forged",
	"headers=refused":  "signed, digest refused",
	"headers=huge":     "1 MiB each",
	"headers=garbage":  "garbage",
	"headers=absent":   "no headers",
	"headers=w3c":      "`traceparent`",
	"headers=b3":       "`b3`",
	"span=unsampled":   "not sampled",
	"span=none":        "no span",
	"key=none":         "no key",
	"side=client":      "client",
	"side=both":        "both sides",

	"op=inject":        "inject",
	"op=verify":        "verify, signed",
	"op=refuse":        "verify, forged",
	"op=request":       "request, **ostrace**",
	"op=w3c-request":   "request, otelhttp, W3C",
	"op=request-ports": "request, a port for each",
	"op=request-paths": "request, a path for each",
	"op=first-request": "first request with a token",
	"op=catalog":       "decoding the catalog, gophercloud",
}

// label returns the page's name for a benchmark, of which it takes the name
// without the group.
func label(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		if text, ok := labels[part]; ok {
			parts[i] = text
		} else {
			parts[i] = strings.ReplaceAll(part, "_", " ")
		}
	}
	return strings.Join(parts, ", ")
}

// number writes a figure with three digits or more.
func number(n float64) string {
	if math.Abs(n) < 10 && n != math.Trunc(n) {
		return strconv.FormatFloat(n, 'f', 2, 64)
	}
	return thousands(strconv.FormatFloat(n, 'f', 0, 64))
}

// thousands separates the digits of a whole number.
func thousands(digits string) string {
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// duration writes nanoseconds.
func duration(ns float64) string {
	if math.Abs(ns) < 1000 {
		return number(ns) + " ns"
	}
	return strconv.FormatFloat(ns/1000, 'f', 2, 64) + " µs"
}

// String returns the median and, where there were several runs, the spread.
func (r ratio) String() string {
	if r.lower == r.upper {
		return significant(r.median)
	}
	return fmt.Sprintf("%s (%s–%s)", significant(r.median), significant(r.lower), significant(r.upper))
}

func significant(n float64) string {
	switch {
	case n < 0.01:
		return strconv.FormatFloat(n, 'g', 2, 64)
	case n < 0.1:
		return strconv.FormatFloat(n, 'f', 3, 64)
	case n >= 100:
		return number(n)
	case n >= 10:
		return strconv.FormatFloat(n, 'f', 1, 64)
	default:
		return strconv.FormatFloat(n, 'f', 2, 64)
	}
}
