// SPDX-License-Identifier: Apache-2.0

//go:build !windows && !darwin

package main

// nativeRoots are the reasons of this system for which a program does not accept the
// proxy's certificate.
var nativeRoots []string
