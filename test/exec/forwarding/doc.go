// SPDX-License-Identifier: Apache-2.0

// Package forwarding tests that programs end in the same way with ostrace exec as
// without it, with servers that answer, refuse and fail. It also tests that bodies of
// any length pass.
package forwarding
