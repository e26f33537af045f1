// SPDX-License-Identifier: Apache-2.0

// Package terminal writes lines of text and tables for a reader at a terminal. No
// line is wider than the terminal, and no text of a trace can control it.
package terminal
