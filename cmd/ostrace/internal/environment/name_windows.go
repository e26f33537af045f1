// SPDX-License-Identifier: Apache-2.0

package environment

import "strings"

// sameName reports whether two names are those of the same variable.
func sameName(a, b string) bool { return strings.EqualFold(a, b) }
