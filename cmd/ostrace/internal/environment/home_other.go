// SPDX-License-Identifier: Apache-2.0

//go:build !windows && !darwin

package environment

// homeVariable names the user's folder.
const homeVariable = "HOME"

// ownFolders returns the folders in which openstacksdk looks for clouds.yaml on this
// system only.
func ownFolders([]string, string) []string { return nil }
