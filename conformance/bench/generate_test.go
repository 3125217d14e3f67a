//go:build conformance

package main

import (
	"slices"
	"testing"
	"time"

	generator "github.com/gannetmq/gannet/cmd/gannet/bench"
)

// Every shape is told in flags that the generator knows, and those that could come to nothing are looked after.
func TestArguments(t *testing.T) {
	checked := map[string]string{"transaction": "--delivery", "delay": "--delivery", "pull-sql": "--key-end"}
	for _, g := range groups() {
		for _, s := range g.shapes {
			if s.load.official() {
				continue
			}
			args := s.load.arguments(target{broker: "127.0.0.1:1"}, s.name, time.Second, time.Second)
			command, flags, err := generator.Command().Find(args[1:])
			if err != nil || command.Name() != s.load.kind {
				t.Fatalf("%s: command %s, %v", s.name, command.Name(), err)
			}
			if err := command.ParseFlags(flags); err != nil {
				t.Errorf("%s: %v", s.name, err)
			}
			if flag := checked[s.name]; flag != "" && !slices.Contains(args, flag) {
				t.Errorf("%s: no %s in %q", s.name, flag, args)
			}
			delete(checked, s.name)
		}
	}
	if len(checked) > 0 {
		t.Errorf("no shape is called %v", checked)
	}
}
