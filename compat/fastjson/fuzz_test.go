package fastjson

import (
	"reflect"
	"testing"
)

func FuzzUnmarshal(f *testing.F) {
	for _, v := range vectors[texts](f, "encode.json", 6) {
		f.Add([]byte(v.Compact))
		f.Add([]byte(v.Strict))
	}
	for _, v := range vectors[struct{ In string }](f, "decode.json", 180) {
		f.Add([]byte(v.In))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var s sample
		if Unmarshal(data, &s) != nil {
			return
		}
		for name, append := range map[string]func([]byte, any) []byte{"Append": Append, "AppendPretty": AppendPretty, "AppendStrict": AppendStrict} {
			text := append(nil, s)
			var again sample
			if err := Unmarshal(text, &again); err != nil {
				t.Fatalf("%s printed %s, which does not read: %v", name, text, err)
			}
			if !reflect.DeepEqual(s, again) {
				t.Fatalf("%s printed %s, which reads as %s", name, text, Append(nil, again))
			}
		}
	})
}
