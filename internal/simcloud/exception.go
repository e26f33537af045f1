// SPDX-License-Identifier: Apache-2.0

package simcloud

import "errors"

// exception is an error as the Python services raise it.
type exception struct {
	class   string
	message string
}

func (e exception) Error() string { return e.message }

func exceptionClass(err error) string {
	if e, ok := errors.AsType[exception](err); ok {
		return e.class
	}
	return "Exception"
}
