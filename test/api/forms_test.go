// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

// Each kind of declaration has its lines. Declarations that programs can't see
// have none.
func TestList(t *testing.T) {
	for source, want := range map[string]string{
		`const A, b = 1 << 3, 2; const C B = "x"; type B string`:                            `const A untyped int = 8; const C B = "x"; type B string`,
		`var V, w []map[string]chan<- *int`:                                                 `var V []map[string]chan<- *int`,
		`func F(a, b int, more ...func(x error) (n [2]int)) (int, error); func f()`:         `func F(int, int, ...func(error) [2]int) (int, error)`,
		`func G[T any, U interface{ ~int }](T, L[U]) any { return nil }; type L[T any] []T`: `func G[T any, U interface{~int}](T, L[U]) any; type L[T any] []T`,
		`type S struct { A int; b int; E; *e }; type E struct{}; func (E) M(); func (*E) P(x int); func (E) m(); type e struct{}; func (e) Q()`: `method (*E) P(int); method (*S) P(int); method (E) M(); method (S) M(); method (S) Q(); ` +
			`type E struct; type S struct; type S struct, A int; type S struct, embedded E`,
		`type I interface { B(); A(int) }; type J interface { I; c() }; type K interface{}; type N interface { ~int | string }`: `type I interface { A, B }; type I interface, A(int); type I interface, B(); ` +
			`type J interface { A, B, unexported methods }; type J interface, A(int); type J interface, B(); type K interface {}; type N interface{~int | string}`,
		`type A = map[string]*B; type B struct{}; type c = B`: `type A = map[string]*B; type B struct`,
	} {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, "source.go", "package p; "+source, 0)
		if err != nil {
			t.Fatal(err)
		}
		pkg, err := (&types.Config{IgnoreFuncBodies: true}).Check("p", files, []*ast.File{file}, nil)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		lines := list("p", pkg)
		for i, line := range lines {
			lines[i] = strings.TrimPrefix(line, "pkg p, ")
		}
		if got := strings.Join(lines, "; "); got != want {
			t.Errorf("%s\n got %s\nwant %s", source, got, want)
		}
	}
}

// Added and removed lines are told apart.
func TestDiff(t *testing.T) {
	if got, want := diff([]string{"a", "b", "d"}, []string{"b", "c", "d"}), "- a\n+ c\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
