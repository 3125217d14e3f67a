package protocol

import "bytes"

// ReadDataVersion reads a DataVersion as Java and fastjson.Append print it, with or without the
// stateVersion that brokers of 4.x do not have. It makes no garbage. ok is false for any other text,
// which fastjson may still be able to read.
func ReadDataVersion(text []byte) (v DataVersion, ok bool) {
	if text, ok = readMember(text, `{"counter":`, &v.Counter); !ok {
		return DataVersion{}, false
	}
	if rest, has := readMember(text, `,"stateVersion":`, &v.StateVersion); has {
		text = rest
	}
	text, ok = readMember(text, `,"timestamp":`, &v.Timestamp)
	if !ok || len(text) != 1 || text[0] != '}' {
		return DataVersion{}, false
	}
	return v, true
}

// readMember reads what is before a number, and the number: up to 18 digits, which cannot overflow.
func readMember(text []byte, before string, into *int64) (rest []byte, ok bool) {
	rest, ok = bytes.CutPrefix(text, []byte(before))
	if !ok {
		return text, false
	}
	const maxDigits = 18
	n, digits := int64(0), 0
	for digits < len(rest) && '0' <= rest[digits] && rest[digits] <= '9' {
		n = n*10 + int64(rest[digits]-'0')
		if digits++; digits > maxDigits {
			return text, false
		}
	}
	if digits == 0 || digits > 1 && rest[0] == '0' {
		return text, false
	}
	*into = n
	return rest[digits:], true
}
