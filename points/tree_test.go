// SPDX-License-Identifier: Apache-2.0

package points_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/points"
)

// tree writes points as their names and times in milliseconds of the day, with
// their children in brackets.
func tree(list []*points.Point) string {
	var words []string
	for _, p := range list {
		midnight := p.Started().Truncate(24 * 3600e9)
		word := fmt.Sprintf("%s %d %d", p.Name, p.Started().Sub(midnight).Milliseconds(), p.Finished().Sub(midnight).Milliseconds())
		if len(p.Children) > 0 {
			word += " (" + tree(p.Children) + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func equalJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var left, right any
	if err := json.Unmarshal([]byte(a), &left); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(b), &right); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(left, right)
}
