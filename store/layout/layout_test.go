package layout

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

func isPlace(constant string) bool {
	return strings.HasSuffix(constant, "Dir") || strings.HasSuffix(constant, "File")
}

// Every name that this package lists is reserved, but for the log's own.
func TestReserved(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "layout.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || !isPlace(spec.Names[0].Name) {
			return true
		}
		literal, ok := spec.Values[0].(*ast.BasicLit)
		if !ok {
			return true
		}
		name, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		names++
		for _, path := range []string{name, name + "/below"} {
			if got, want := Reserved(path), name != LogDir; got != want {
				t.Errorf("%s: reserved %t, want %t", path, got, want)
			}
		}
		return true
	})
	if names < 14 {
		t.Errorf("%d names, want all", names)
	}
	for _, name := range []string{"", "log", "commitlog2", "/config", "consumequeue2", "a/config"} {
		if Reserved(name) {
			t.Errorf("%q is reserved", name)
		}
	}
}
