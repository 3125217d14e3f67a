// Command comparing prints a pattern for go test -run: the tests that look at what Java made, run where the module's root is.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	tests, err := goldenTests(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("^(%s)$\n", strings.Join(tests, "|"))
}

// asksJava are the functions by which a test gets at what Java made; a test that calls one, or a function of its package that does,
// compares with it.
var asksJava = regexp.MustCompile(`^(golden\.[A-Z]\w+|peer\.(Recorded|RecordedRefusals|LikeJava))$`)

// goldenTests are the names of the tests below root that look at what Java made. Those that start foreign programs are left out.
func goldenTests(root string) ([]string, error) {
	calls := make(map[string]map[string][]string) // directory → function → what it calls
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil || tagged(file) {
			return err
		}
		dir := filepath.Dir(path)
		if calls[dir] == nil {
			calls[dir] = make(map[string][]string)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok {
				calls[dir][f.Name.Name] = append(calls[dir][f.Name.Name], called(f)...)
			}
		}
		return nil
	})
	var tests []string
	for _, functions := range calls {
		for name := range functions {
			if strings.HasPrefix(name, "Test") && reaches(functions, name, make(map[string]bool)) {
				tests = append(tests, name)
			}
		}
	}
	slices.Sort(tests)
	return slices.Compact(tests), err
}

func tagged(file *ast.File) bool {
	for _, group := range file.Comments {
		if group.Pos() < file.Package && strings.Contains(group.List[0].Text, "go:build conformance") {
			return true
		}
	}
	return false
}

func called(f *ast.FuncDecl) (names []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch to := call.Fun.(type) {
		case *ast.Ident:
			names = append(names, to.Name)
		case *ast.SelectorExpr:
			if pkg, ok := to.X.(*ast.Ident); ok {
				names = append(names, pkg.Name+"."+to.Sel.Name)
			}
		}
		return true
	})
	return names
}

// reaches reports whether a function of a package asks for what Java made, itself or through others.
func reaches(functions map[string][]string, name string, seen map[string]bool) bool {
	if seen[name] {
		return false
	}
	seen[name] = true
	for _, to := range functions[name] {
		if asksJava.MatchString(to) || functions[to] != nil && reaches(functions, to, seen) {
			return true
		}
	}
	return false
}
