package record

import "github.com/gannetmq/gannet/compat/jvalue"

// The CRC property is the last one of a record (Java: enabledAppendPropCRC). It covers the whole
// record in front of it, the offsets and the store time included, so it is computed after Patch.
//
//	 __CRC32# 0x01 d₀ d₁ … d₉ 0x02
//
//	d  ten decimal digits of CRC-32 with the sign bit cleared, the least significant one first
const (
	propCRCBlank  = PropCRC32 + "\x010000000000\x02"
	propCRCSize   = len(propCRCBlank)
	propCRCDigits = 10
)

// SealCRC computes the CRC property of each record, if they were encoded with one. It comes after
// the last Patch.
func (e *Encoded) SealCRC() {
	if !e.propCRC {
		return
	}
	for i := range e.Count {
		b := e.Record(i)
		covered := b[:len(b)-propCRCSize]
		digits := b[len(b)-1-propCRCDigits : len(b)-1]
		crc := jvalue.CRC32(covered)
		for d := range digits {
			digits[d] = '0' + byte(crc%10)
			crc /= 10
		}
	}
}

// PropCRC compares the record with its CRC property. present is false when it has none. A CRC
// property may also have been put there by a sender while the store added none, so ok means
// something only where every record has one.
func (v *View) PropCRC() (ok, present bool) {
	digits, present := v.Property(PropCRC32)
	if !present || len(v.raw) < propCRCSize {
		return false, present
	}
	var want uint64
	for i := len(digits) - 1; i >= 0; i-- {
		d := digits[i] - '0'
		if d > 9 || len(digits) > propCRCDigits {
			return false, true
		}
		want = want*10 + uint64(d)
	}
	covered := v.raw[:len(v.raw)-propCRCSize]
	return uint64(jvalue.CRC32(covered)) == want, true
}

// Sealed reports whether the record ends with a CRC property, as the encoder writes it, and whether that is right.
// What a client sends under this name is never the last property: the broker's own follow it.
func (v *View) Sealed() (sealed, ok bool) {
	if len(v.raw) < propCRCSize || string(v.raw[len(v.raw)-propCRCSize:][:len(PropCRC32)+1]) != propCRCBlank[:len(PropCRC32)+1] {
		return false, false
	}
	_, present := Property(v.raw[len(v.raw)-propCRCSize:], PropCRC32)
	if !present {
		return false, false
	}
	own := View{raw: v.raw, Properties: v.raw[len(v.raw)-propCRCSize:]}
	ok, _ = own.PropCRC()
	return true, ok
}
