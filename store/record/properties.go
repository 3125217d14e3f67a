package record

import (
	"bytes"
	"iter"

	"github.com/gannetmq/gannet/compat/jvalue"
)

// Properties are one string (Java: MessageDecoder.messageProperties2String):
//
//	name 0x01 value 0x02 name 0x01 value 0x02 …
//
// Readers are as tolerant as Java's: the last separator may be missing, an item without 0x01, with
// an empty name or with an empty value does not count, a value may contain 0x01, and of items of
// one name the last counts.
const (
	nameEnd  = 0x01 // Java: NAME_VALUE_SEPARATOR
	valueEnd = 0x02 // Java: PROPERTY_SEPARATOR
)

// Property returns the value of key in raw properties, and whether there is one.
func Property(raw []byte, key string) (value []byte, ok bool) {
	for item, rest := cutItem(raw); item != nil; item, rest = cutItem(rest) {
		if named(item, key) && len(item) > len(key)+1 {
			value, ok = item[len(key)+1:], true
		}
	}
	return value, ok
}

// cutItem returns the first item of raw, without its end, and what follows it; nil when there is none.
func cutItem(raw []byte) (item, rest []byte) {
	if end := bytes.IndexByte(raw, valueEnd); end >= 0 {
		return raw[:end], raw[end+1:]
	}
	if len(raw) == 0 {
		return nil, nil
	}
	return raw, nil
}

// named reports whether the item begins with key and the separator behind it.
func named(item []byte, key string) bool {
	return len(key) > 0 && len(item) > len(key) && item[len(key)] == nameEnd && string(item[:len(key)]) == key
}

func namedOne(item []byte, keys []string) bool {
	for _, key := range keys {
		if named(item, key) {
			return true
		}
	}
	return false
}

// Properties iterates over names and values in raw properties, in their order. A name that occurs
// twice comes twice; the later one counts.
func Properties(raw []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for item, rest := cutItem(raw); item != nil; item, rest = cutItem(rest) {
			at := bytes.IndexByte(item, nameEnd)
			if at <= 0 || at == len(item)-1 {
				continue
			}
			if !yield(item[:at], item[at+1:]) {
				return
			}
		}
	}
}

// AppendProperty appends an item to dst, which holds properties and nothing else, and first the
// separator that dst may lack. An empty value is written although readers will not see it, as Java does.
func AppendProperty[K, V string | []byte](dst []byte, key K, value V) []byte {
	if len(dst) > 0 && dst[len(dst)-1] != valueEnd {
		dst = append(dst, valueEnd)
	}
	dst = append(dst, key...)
	dst = append(dst, nameEnd)
	dst = append(dst, value...)
	return append(dst, valueEnd)
}

// AppendWithout appends raw properties to dst, leaving out every item that has the name of a key and nothing
// else (Java: MessageUtils.deleteProperty). dst may be raw[:0].
func AppendWithout(dst, raw []byte, keys ...string) []byte {
	for len(raw) > 0 {
		end := bytes.IndexByte(raw, valueEnd) + 1
		if end == 0 {
			end = len(raw)
		}
		if !namedOne(raw[:end], keys) {
			dst = append(dst, raw[:end]...)
		}
		raw = raw[end:]
	}
	return dst
}

// TagsCode is the number by which consume queues filter: Java's hash of the tag, sign-extended; 0
// for no tag. The number of subscribed tags too.
func TagsCode(tag []byte) int64 { return int64(jvalue.HashCode(tag)) }
