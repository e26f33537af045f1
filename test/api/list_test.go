// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
)

// list returns the exports of a package, one line for each thing that a program
// can name, in the form of Go's own api/*.txt. name is the package's name in
// those lines.
func list(name string, pkg *types.Package) []string {
	l := lister{pkg: pkg, prefix: "pkg " + name + ", "}
	for _, name := range pkg.Scope().Names() {
		object := pkg.Scope().Lookup(name)
		if !object.Exported() {
			continue
		}
		switch object := object.(type) {
		case *types.Const:
			l.add("const %s %s = %s", name, l.text(object.Type()), object.Val().ExactString())
		case *types.Var:
			l.add("var %s %s", name, l.text(object.Type()))
		case *types.Func:
			l.add("func %s%s", name, l.signature(object.Signature()))
		case *types.TypeName:
			l.addType(object)
		}
	}
	slices.Sort(l.lines)
	return slices.Compact(l.lines)
}

type lister struct {
	pkg    *types.Package
	prefix string
	lines  []string
}

func (l *lister) add(format string, args ...any) {
	l.lines = append(l.lines, l.prefix+fmt.Sprintf(format, args...))
}

func (l *lister) addType(object *types.TypeName) {
	name := object.Name()
	if alias, ok := object.Type().(*types.Alias); ok {
		l.add("type %s%s = %s", name, l.typeParameters(alias.TypeParams()), l.text(alias.Rhs()))
		return
	}
	named := object.Type().(*types.Named)
	title := "type " + name + l.typeParameters(named.TypeParams())
	switch under := named.Underlying().(type) {
	case *types.Struct:
		l.add("%s struct", title)
		for field := range under.Fields() {
			switch {
			case field.Exported() && field.Embedded():
				l.add("%s struct, embedded %s", title, l.text(field.Type()))
			case field.Exported():
				l.add("%s struct, %s %s", title, field.Name(), l.text(field.Type()))
			}
		}
	case *types.Interface:
		l.addInterface(title, under)
	default:
		l.add("%s %s", title, l.text(under))
	}
	if types.IsInterface(named) {
		return
	}
	// A method of the value is a method of the pointer too, and is listed once.
	for _, receiver := range []types.Type{named, types.NewPointer(named)} {
		of := types.NewMethodSet(receiver)
		for method := range of.Methods() {
			function := method.Obj().(*types.Func)
			_, pointer := receiver.(*types.Pointer)
			if !function.Exported() || pointer && types.NewMethodSet(named).Lookup(function.Pkg(), function.Name()) != nil {
				continue
			}
			l.add("method (%s) %s%s", l.text(receiver), function.Name(), l.signature(method.Type().(*types.Signature)))
		}
	}
}

// addInterface lists each method, and all of them in one line. That line
// changes when a method is added, because every implementation of the interface
// must add it too.
func (l *lister) addInterface(title string, i *types.Interface) {
	var all []string
	sealed := false
	for method := range i.Methods() {
		if sealed = sealed || !method.Exported(); method.Exported() {
			all = append(all, method.Name())
			l.add("%s interface, %s%s", title, method.Name(), l.signature(method.Signature()))
		}
	}
	slices.Sort(all)
	if sealed {
		all = append(all, "unexported methods")
	}
	switch {
	case !i.IsMethodSet():
		l.add("%s %s", title, types.TypeString(i, types.RelativeTo(l.pkg)))
	case len(all) == 0:
		l.add("%s interface {}", title)
	default:
		l.add("%s interface { %s }", title, strings.Join(all, ", "))
	}
}

// text returns a type as a program writes it. It leaves out the names of
// parameters, which do not matter to a caller.
func (l *lister) text(t types.Type) string {
	switch t := t.(type) {
	case *types.Pointer:
		return "*" + l.text(t.Elem())
	case *types.Slice:
		return "[]" + l.text(t.Elem())
	case *types.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), l.text(t.Elem()))
	case *types.Map:
		return "map[" + l.text(t.Key()) + "]" + l.text(t.Elem())
	case *types.Chan:
		return [...]string{types.SendRecv: "chan ", types.SendOnly: "chan<- ", types.RecvOnly: "<-chan "}[t.Dir()] + l.text(t.Elem())
	case *types.Signature:
		return "func" + l.signature(t)
	case *types.Named:
		var arguments []string
		for argument := range t.TypeArgs().Types() {
			arguments = append(arguments, l.text(argument))
		}
		return l.name(t.Obj()) + bracketed(arguments)
	case *types.Interface:
		if t.NumEmbeddeds() == 0 && t.NumMethods() == 0 {
			return "any"
		}
	}
	return types.TypeString(t, types.RelativeTo(l.pkg))
}

// name returns the name of a type, with the path of its package if it is
// another package.
func (l *lister) name(object *types.TypeName) string {
	if object.Pkg() == nil || object.Pkg() == l.pkg {
		return object.Name()
	}
	return object.Pkg().Path() + "." + object.Name()
}

func (l *lister) signature(s *types.Signature) string {
	text := l.typeParameters(s.TypeParams()) + "(" + l.tuple(s.Params(), s.Variadic()) + ")"
	switch s.Results().Len() {
	case 0:
		return text
	case 1:
		return text + " " + l.tuple(s.Results(), false)
	}
	return text + " (" + l.tuple(s.Results(), false) + ")"
}

func (l *lister) tuple(all *types.Tuple, variadic bool) string {
	var texts []string
	for v := range all.Variables() {
		texts = append(texts, l.text(v.Type()))
	}
	if variadic {
		last := len(texts) - 1
		texts[last] = "..." + strings.TrimPrefix(texts[last], "[]")
	}
	return strings.Join(texts, ", ")
}

func (l *lister) typeParameters(all *types.TypeParamList) string {
	var texts []string
	for p := range all.TypeParams() {
		texts = append(texts, p.Obj().Name()+" "+l.text(p.Constraint()))
	}
	return bracketed(texts)
}

func bracketed(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return "[" + strings.Join(texts, ", ") + "]"
}
