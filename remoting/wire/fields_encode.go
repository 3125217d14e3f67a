package wire

// Header adds the fields of h. Optional strings that are empty and Opts that are not set are left
// out, as Java leaves out null.
func (e *Encoder) Header(h Header) {
	e.fields.visitor = (*headerEncoder)(e)
	h.Fields(&e.fields)
	e.fields.visitor = nil
}

type headerEncoder Encoder

func (e *headerEncoder) str(name string, v *string, p Presence) {
	if *v != "" || p == Required {
		(*Encoder)(e).String(name, *v)
	}
}

func (e *headerEncoder) bytes(name string, v *[]byte, p Presence) {
	if len(*v) > 0 || p == Required {
		(*Encoder)(e).Bytes(name, *v)
	}
}

func (e *headerEncoder) i32(name string, v *int32, _ Presence) { (*Encoder)(e).Int32(name, *v) }

func (e *headerEncoder) i64(name string, v *int64, _ Presence) { (*Encoder)(e).Int64(name, *v) }

func (e *headerEncoder) boolean(name string, v *bool, _ Presence) { (*Encoder)(e).Bool(name, *v) }

func (e *headerEncoder) f64(name string, v *float64, _ Presence) { (*Encoder)(e).Float64(name, *v) }

func (e *headerEncoder) optI32(name string, v *Opt[int32]) {
	if v.Set {
		(*Encoder)(e).Int32(name, v.Value)
	}
}

func (e *headerEncoder) optI64(name string, v *Opt[int64]) {
	if v.Set {
		(*Encoder)(e).Int64(name, v.Value)
	}
}

func (e *headerEncoder) optBool(name string, v *Opt[bool]) {
	if v.Set {
		(*Encoder)(e).Bool(name, v.Value)
	}
}
