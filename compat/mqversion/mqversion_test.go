package mqversion

import (
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
)

// javaTable reads the ordinals and names that testdata/Versions.java wrote.
func javaTable(t *testing.T) map[int]string {
	t.Helper()
	data, err := os.ReadFile("testdata/versions.tsv")
	if err != nil {
		t.Fatal(err)
	}
	table := make(map[int]string)
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		ordinal, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		n, err := strconv.Atoi(ordinal)
		if err != nil {
			t.Fatal(err)
		}
		table[n] = name
	}
	if len(table) != HigherVersion+1 {
		t.Fatalf("%d versions, want %d", len(table), HigherVersion+1)
	}
	return table
}

func TestNamesAgainstJava(t *testing.T) {
	for ordinal, want := range javaTable(t) {
		if got := Name(ordinal); got != want {
			t.Errorf("Name(%d) = %s, want %s", ordinal, got, want)
		}
		if got, ok := Ordinal(want); !ok || got != ordinal {
			t.Errorf("Ordinal(%s) = %d, %t, want %d", want, got, ok, ordinal)
		}
	}
}

func TestConstantsAgainstJava(t *testing.T) {
	table := javaTable(t)
	for want, ordinal := range map[string]int{
		"V3_0_7_SNAPSHOT": V3_0_7_SNAPSHOT, "V3_0_11": V3_0_11, "V3_1_8_SNAPSHOT": V3_1_8_SNAPSHOT, "V3_4_9": V3_4_9,
		"V4_1_0_SNAPSHOT": V4_1_0_SNAPSHOT, "V4_9_3": V4_9_3, "V4_9_4": V4_9_4, "V5_0_0": V5_0_0, "V5_3_1": V5_3_1,
		"V5_3_3": V5_3_3, "HIGHER_VERSION": HigherVersion,
	} {
		if got := table[ordinal]; got != want {
			t.Errorf("the constant of %s is %d, which Java calls %s", want, ordinal, got)
		}
	}
}

func TestCurrentAgainstFacts(t *testing.T) {
	var codes struct {
		MQVersionCurrent struct {
			Ordinal int    `json:"CURRENT_VERSION"`
			Name    string `json:"name"`
			Above   string `json:"desc_of_99999"`
		}
	}
	golden.Facts(t, "codes", &codes)
	want := codes.MQVersionCurrent
	if Current != want.Ordinal || Name(Current) != want.Name {
		t.Errorf("Current = %d %s, want %d %s", Current, Name(Current), want.Ordinal, want.Name)
	}
	if got := Name(99999); got != want.Above {
		t.Errorf("Name(99999) = %s, want %s", got, want.Above)
	}
}

func TestOutsideTheTable(t *testing.T) {
	for _, ordinal := range []int{HigherVersion + 1, math.MaxInt32, -1, math.MinInt32} {
		if got := Name(ordinal); got != "HIGHER_VERSION" {
			t.Errorf("Name(%d) = %s, want HIGHER_VERSION", ordinal, got)
		}
	}
	for _, name := range []string{"", "V5_3", "v5_3_3", "V3_3_0", "5.3.3"} {
		if got, ok := Ordinal(name); ok {
			t.Errorf("Ordinal(%q) = %d, want none", name, got)
		}
	}
}
