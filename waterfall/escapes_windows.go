// SPDX-License-Identifier: Apache-2.0

package waterfall

import "golang.org/x/sys/windows"

// readEscapes makes a console read escape sequences, which a console of Windows does
// only when a program has asked for it. It reports whether the console reads them.
func readEscapes(fd uintptr) bool {
	console := windows.Handle(fd)
	var mode uint32
	if windows.GetConsoleMode(console, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_PROCESSED_OUTPUT|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
