// SPDX-License-Identifier: Apache-2.0

// Package jaeger runs a real Jaeger for tests, and reads traces from it. It
// finds a trace's roots, the spans whose parent never arrived, and the spans
// that arrived twice.
package jaeger
