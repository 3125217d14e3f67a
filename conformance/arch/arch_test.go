package arch

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/gannetmq/gannet"

// layers lists, for each subtree, what of this module it may import. A subtree may always import
// itself. The longest matching prefix rules.
var layers = map[string][]string{
	"compat":             {},
	"remoting/throttle":  {},
	"remoting/netio":     {"remoting/throttle"},
	"remoting/wire":      {"compat"},
	"remoting/protocol":  {"remoting/wire", "compat"},
	"remoting":           {"remoting/netio", "remoting/throttle", "remoting/wire", "remoting/protocol", "compat"},
	"remoting/certs":     {"compat"},
	"remoting/server":    {"remoting", "compat"},
	"remoting/client":    {"remoting", "compat"},
	"store/vfs":          {},
	"store/mapped":       {"store/vfs"},
	"store/record":       {"compat"},
	"store/jsonfile":     {"store/vfs"},
	"store/commitlog":    {"store/mapped", "store/record", "store/vfs"},
	"store/queuemap":     {},
	"store/dispatch":     {"store/queuemap", "store/record", "store/commitlog", "store/vfs"},
	"store/consumequeue": {"store/queuemap", "store/record", "store/vfs", "store/dispatch", "compat"},
	"store/index":        {"store/record", "store/vfs", "store/mapped", "store/dispatch", "compat"},
	"store":              {"store", "compat"},
	"namesrv":            {"namesrv", "remoting", "compat", "store/vfs", "store/jsonfile"},
	"broker":             {"broker", "remoting", "store", "compat"},
	"gateway":            {"gateway", "compat"},
	"cmd":                {"cmd", "gateway", "broker", "namesrv", "remoting", "store", "compat"},
}

type listed struct {
	ImportPath string
	Dir        string
	Name       string
	Imports    []string
	GoFiles    []string
}

// product lists the packages of this module outside conformance/.
func product(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Name,Imports,GoFiles", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("go list output: %v", err)
		}
		if !strings.HasPrefix(p.ImportPath, module+"/conformance") {
			all = append(all, p)
		}
	}
	if len(all) < 5 {
		t.Fatalf("go list found only %d packages: the rules would check nothing", len(all))
	}
	return all
}

func within(path, subtree string) bool {
	return path == subtree || strings.HasPrefix(path, subtree+"/")
}

func layerOf(path string) (string, []string) {
	best := ""
	for subtree := range layers {
		if within(path, subtree) && len(subtree) > len(best) {
			best = subtree
		}
	}
	return best, layers[best]
}

func TestImportsGoDownward(t *testing.T) {
	for _, p := range product(t) {
		from := strings.TrimPrefix(p.ImportPath, module+"/")
		layer, allowed := layerOf(from)
		if layer == "" {
			t.Errorf("%s belongs to no layer: add it to the table", from)
			continue
		}
		for _, imp := range p.Imports {
			to, ours := strings.CutPrefix(imp, module+"/")
			if !ours || within(to, layer) {
				continue
			}
			ok := false
			for _, a := range allowed {
				ok = ok || within(to, a)
			}
			if !ok {
				t.Errorf("%s must not import %s (layer %q may import %v)", from, to, layer, allowed)
			}
		}
	}
}

// The packages of broker/ meet only in package broker, which wires them.
func TestBrokerPackagesDoNotImportEachOther(t *testing.T) {
	for _, p := range product(t) {
		from := strings.TrimPrefix(p.ImportPath, module+"/")
		if !strings.HasPrefix(from, "broker/") {
			continue
		}
		for _, imp := range p.Imports {
			to := strings.TrimPrefix(imp, module+"/")
			if within(to, "broker") && !within(to, from) && !within(from, to) {
				t.Errorf("%s imports its sibling %s: declare the interface it needs and wire it in package broker", from, to)
			}
		}
	}
}

func TestForbiddenImports(t *testing.T) {
	rules := []struct {
		imp     string
		allowed []string
		why     string
	}{
		{"os/exec", nil, "the product starts no programs"},
		{"plugin", nil, "the product loads no code"},
		{"github.com/spf13/viper", []string{"cmd"}, "nobody below cmd sees viper"},
		{"github.com/spf13/cobra", []string{"cmd"}, "nobody below cmd sees the command line"},
		{"github.com/panjf2000/gnet/v2", []string{"remoting/netio"}, "one package knows the event loop"},
		{"encoding/json", []string{"cmd"}, "Java's JSON dialect is compat/fastjson"},
		{"log", nil, "loggers are passed in as *slog.Logger"},
	}
	for _, p := range product(t) {
		from := strings.TrimPrefix(p.ImportPath, module+"/")
		for _, imp := range p.Imports {
			if strings.HasPrefix(imp, module+"/conformance") {
				t.Errorf("%s imports %s: product code never imports tests", from, imp)
			}
			for _, r := range rules {
				if !within(imp, r.imp) || r.imp == "log" && imp != "log" {
					continue
				}
				ok := false
				for _, a := range r.allowed {
					ok = ok || within(from, a)
				}
				if !ok {
					t.Errorf("%s imports %s: %s", from, imp, r.why)
				}
			}
		}
	}
}

func TestCompatIsStdOnly(t *testing.T) {
	for _, p := range product(t) {
		if !strings.HasPrefix(p.ImportPath, module+"/compat") {
			continue
		}
		for _, imp := range p.Imports {
			if strings.Contains(imp, ".") && !strings.HasPrefix(imp, module+"/compat") {
				t.Errorf("%s imports %s: compat uses the standard library only", p.ImportPath, imp)
			}
		}
	}
}

var bannedNames = map[string]bool{
	"util": true, "utils": true, "common": true, "types": true, "base": true,
	"impl": true, "manager": true, "helper": true, "helpers": true, "misc": true,
}

func TestPackageNames(t *testing.T) {
	for _, p := range product(t) {
		if bannedNames[p.Name] {
			t.Errorf("package %s says nothing: name the noun", p.ImportPath)
		}
	}
}

// fileCalls are the functions of package os that reach files.
var fileCalls = map[string]bool{
	"Open": true, "OpenFile": true, "Create": true, "ReadFile": true, "WriteFile": true,
	"Remove": true, "RemoveAll": true, "Rename": true, "Mkdir": true, "MkdirAll": true,
	"OpenRoot": true, "Truncate": true, "ReadDir": true, "CreateTemp": true, "MkdirTemp": true,
}

// Data files are reached through store/vfs alone; cmd reads configuration files and certificates.
func TestFilesOnlyThroughVFSAndNoInit(t *testing.T) {
	for _, p := range product(t) {
		from := strings.TrimPrefix(p.ImportPath, module+"/")
		mayTouchFiles := within(from, "store/vfs") || within(from, "cmd")
		for _, name := range p.GoFiles {
			path := filepath.Join(p.Dir, name)
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatalf("parse %s: %v", path, err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if f, ok := n.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
					t.Errorf("%s/%s has an init function: wiring must be readable in one place", from, name)
				}
				if call, ok := osCall(n); ok && fileCalls[call] && !mayTouchFiles {
					t.Errorf("%s/%s calls os.%s: data files are reached through store/vfs", from, name, call)
				}
				return true
			})
			for _, imp := range file.Imports {
				if s, _ := strconv.Unquote(imp.Path.Value); imp.Name != nil && imp.Name.Name == "." {
					t.Errorf("%s/%s dot-imports %s", from, name, s)
				}
			}
		}
	}
}

func osCall(n ast.Node) (string, bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return "", false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	pkg, ok := sel.X.(*ast.Ident)
	return sel.Sel.Name, ok && pkg.Name == "os"
}
