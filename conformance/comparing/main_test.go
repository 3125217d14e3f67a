package main

import (
	"slices"
	"testing"
)

// Tests are found that ask for golden data, in methods and functions of their package, whatever their names; others are not.
func TestGoldenTests(t *testing.T) {
	tests, err := goldenTests("../..")
	if err != nil || len(tests) < 120 {
		t.Fatalf("found %d tests, %v", len(tests), err)
	}
	for _, name := range []string{"TestFactFrames", "TestRecordedRequests", "TestReplay", "TestEveryField", "TestGoldenHeaders"} {
		if !slices.Contains(tests, name) {
			t.Errorf("%s is missing", name)
		}
	}
	for _, name := range []string{"TestGoldenTests", "TestJavaProducers"} {
		if slices.Contains(tests, name) {
			t.Errorf("%s looks at nothing that Java made before, or starts Java", name)
		}
	}
}
