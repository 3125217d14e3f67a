package jconf

import (
	"fmt"
	"reflect"
)

// Setting is a key with its value and where it was found.
type Setting struct {
	Key, Value string
	Source     string // path of a file, "environment", "flag"
	Line       int    // in the file, 0 elsewhere
}

// Bind sets each tagged field of the struct that into points to: to its
// default, then to the value of the last setting with its key. A setting that
// another one overrides is not looked at. known holds keys that are accepted
// although the struct has no field for them: those of Java that nothing here
// needs, and those that other structs bind. They are checked by type and state.
//
// The problems come in the order of the settings. A field with a problem keeps
// its default.
func Bind(into any, settings []Setting, known ...Entry) []Problem {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		panic(fmt.Sprintf("BUG: jconf: Bind into %T", into))
	}
	fields := fieldsOf(v.Elem())
	keys := make(map[string]*Entry, len(fields)+len(known))
	for i := range known {
		keys[known[i].Key] = &known[i]
	}
	byKey := make(map[string]*field, len(fields))
	for i := range fields {
		f := &fields[i]
		f.set(f.Default)
		keys[f.Key] = &f.Entry
		byKey[f.Key] = f
	}
	last := make(map[string]int, len(settings))
	for i, s := range settings {
		last[s.Key] = i
	}
	var problems []Problem
	for i, s := range settings {
		if last[s.Key] != i {
			continue
		}
		s.Value = trim(s.Value)
		f := byKey[s.Key]
		if p := judge(keys, s); p != nil {
			p.secret = f != nil && f.isSecret()
			problems = append(problems, *p)
			continue
		}
		if f != nil {
			f.set(s.Value)
		}
	}
	return problems
}

// judge tells what is wrong with a setting, nil for nothing.
func judge(keys map[string]*Entry, s Setting) *Problem {
	e := keys[s.Key]
	if e == nil {
		return &Problem{Setting: s, Kind: UnknownKey, Nearest: nearest(s.Key, keys)}
	}
	if accepts := e.check(s.Value); accepts != "" {
		return &Problem{Setting: s, Kind: BadValue, Accepts: accepts}
	}
	if e.State == Refused && !e.isDefault(s.Value) {
		return &Problem{Setting: s, Kind: RefusedValue, Accepts: "the default " + quote(e.Default), Reason: e.Help}
	}
	return nil
}
