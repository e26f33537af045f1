// SPDX-License-Identifier: Apache-2.0

// Package forwarding tests that programs end as they do without ostrace exec, with
// servers that answer, refuse and fail, and that bodies of any length pass.
package forwarding
