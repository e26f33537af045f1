// SPDX-License-Identifier: Apache-2.0

package doctor

// Verdict says whether something is so. It is empty if that was not tested, or if it
// could not be found out.
type Verdict string

// The verdicts.
const (
	Yes       Verdict = "yes"
	No        Verdict = "no"
	NotTested Verdict = ""
)

func verdict(is bool) Verdict {
	if is {
		return Yes
	}
	return No
}

// MarshalText writes "not tested" for the empty verdict.
func (v Verdict) MarshalText() ([]byte, error) {
	if v == NotTested {
		return []byte("not tested"), nil
	}
	return []byte(v), nil
}

// cell returns the text in a column of a table.
func (v Verdict) cell() string {
	if v == NotTested {
		return "-"
	}
	return string(v)
}
