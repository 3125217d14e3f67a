package store_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store/jsonfile"
)

// The damages to config/ are for who keeps the tables; this is what he finds.
func TestGoldenDamagedTables(t *testing.T) {
	var damages []damage
	var verdicts []struct {
		Name   string
		Open   struct{ Metadata bool }
		Tables struct {
			Offsets map[string]map[string]int64
		}
	}
	golden.Damages(t, &damages, &verdicts)
	image := imageInMemory(t, "basic-clean")
	wanted := map[string]struct {
		topics, offsets jsonfile.Source
		err             error
	}{
		"none/clean":                {jsonfile.Main, jsonfile.Main, nil},
		"topics-corrupt/clean":      {jsonfile.Backup, jsonfile.Main, nil},
		"topics-both-corrupt/clean": {jsonfile.Nothing, jsonfile.Main, jsonfile.ErrDamaged},
		"topics-lost/clean":         {jsonfile.Backup, jsonfile.Main, nil},
		"config-lost/clean":         {jsonfile.Nothing, jsonfile.Nothing, nil},
		"offsets-corrupt/clean":     {jsonfile.Main, jsonfile.Backup, nil},
	}
	for i, d := range damages {
		want, ok := wanted[d.Name]
		if !ok {
			continue
		}
		delete(wanted, d.Name)
		t.Run(d.Name, func(t *testing.T) {
			mem := image.CloneKilled()
			d.do(t, mem)
			closeStore(t, open(t, mem, goldenOptions()))
			var topics struct {
				Table map[string]struct{} `json:"topicConfigTable"`
			}
			l, err := jsonfile.Load(mem, "config/topics.json", 1, func(b []byte) error { return fastjson.Unmarshal(b, &topics) })
			if l.Source != want.topics || !errors.Is(err, want.err) || (len(topics.Table) == 23) != (want.topics != jsonfile.Nothing) {
				t.Errorf("topics: %d from %v, %v; want them from %v, %v", len(topics.Table), l.Source, err, want.topics, want.err)
			}
			if java := verdicts[i].Open.Metadata; java != (err == nil) {
				t.Errorf("topics: got %v, Java loads them: %t", err, java)
			}
			var offsets struct {
				Table map[string]map[int]int64 `json:"offsetTable"`
			}
			l, err = jsonfile.Load(mem, "config/consumerOffset.json", 1, func(b []byte) error { return fastjson.Unmarshal(b, &offsets) })
			if l.Source != want.offsets || err != nil {
				t.Errorf("offsets: from %v, %v; want them from %v", l.Source, err, want.offsets)
			}
			if strings.HasPrefix(d.Name, "topics-both") {
				return // Java did not come to load them
			}
			got := make(map[string]map[string]int64)
			b, err := json.Marshal(offsets.Table)
			if err := errors.Join(err, json.Unmarshal(b, &got)); err != nil {
				t.Fatal(err)
			}
			if java := verdicts[i].Tables.Offsets; len(got) != len(java) || len(got) > 0 && !reflect.DeepEqual(got, java) {
				t.Errorf("offsets: got %v, Java has %v", got, java)
			}
		})
	}
	for name := range wanted {
		t.Errorf("%s: no such damage", name)
	}
}
