// SPDX-License-Identifier: Apache-2.0

// Package adopting builds programs of other projects with the few lines that
// docs/adopting.md shows, runs them on a real OpenStack, and tests that each of
// their requests is traced. With -update it writes the lines and the traces into
// that page.
package adopting
