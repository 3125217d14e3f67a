package vfs

// faultyFile is a File of a Faulty. Size and Close cannot fail on demand.
type faultyFile struct {
	File
	fs   *Faulty
	name string
}

func (f *faultyFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.fs.fail(OpRead, f.name); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, off)
}

// WriteAt fails short: Rule.Part of the bytes are written first.
func (f *faultyFile) WriteAt(p []byte, off int64) (int, error) {
	r := f.fs.hit(OpWrite, f.name)
	if r == nil {
		return f.File.WriteAt(p, off)
	}
	n := 0
	if part := min(r.Part, len(p)); part > 0 {
		var err error
		if n, err = f.File.WriteAt(p[:part], off); err != nil {
			return n, err
		}
	}
	return n, pathError(OpWrite.String(), f.name, r.Err)
}

func (f *faultyFile) Truncate(size int64) error {
	if err := f.fs.fail(OpTruncate, f.name); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

func (f *faultyFile) Allocate(off, n int64) error {
	if err := f.fs.fail(OpAllocate, f.name); err != nil {
		return err
	}
	return f.File.Allocate(off, n)
}

func (f *faultyFile) Sync() error {
	if err := f.fs.fail(OpSync, f.name); err != nil {
		return err
	}
	return f.File.Sync()
}

func (f *faultyFile) Map(size int64, mode MapMode) (Mapping, error) {
	if err := f.fs.fail(OpMap, f.name); err != nil {
		return nil, err
	}
	m, err := f.File.Map(size, mode)
	if err != nil {
		return nil, err
	}
	return &faultyMapping{Mapping: m, fs: f.fs, name: f.name}, nil
}

// faultyMapping is a Mapping of a Faulty. Touching its bytes cannot fail on demand.
type faultyMapping struct {
	Mapping
	fs   *Faulty
	name string
}

func (m *faultyMapping) Sync(off, n int64) error {
	if err := m.fs.fail(OpMapSync, m.name); err != nil {
		return err
	}
	return m.Mapping.Sync(off, n)
}

func (m *faultyMapping) Populate(off, n int64) error {
	if err := m.fs.fail(OpPopulate, m.name); err != nil {
		return err
	}
	return m.Mapping.Populate(off, n)
}

func (m *faultyMapping) Drop(off, n int64) error {
	if err := m.fs.fail(OpDrop, m.name); err != nil {
		return err
	}
	return m.Mapping.Drop(off, n)
}
