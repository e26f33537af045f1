// SPDX-License-Identifier: Apache-2.0

// Package jaeger runs a real Jaeger for tests, and reads from it what it has of
// a trace: its roots, the spans whose parent never arrived, and those that
// arrived twice.
package jaeger
