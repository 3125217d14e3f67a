package vfs

// LargePage is a large page of amd64 and arm64.
const LargePage = 2 << 20

// zeros are what a large page is made of. Nothing is ever written to them, so that they take no memory.
var zeros [LargePage]byte

// WriteZeros writes n zeros at pos, at most LargePage of them.
func WriteZeros(f File, pos, n int64) error {
	_, err := f.WriteAt(zeros[:n], pos)
	return err
}

// WriteGrowing writes b at pos, behind everything that was written to f before, which never grows beyond
// size. Each large page that b reaches the beginning of is written with zeros first, as far as size goes:
// the kernel then takes one page for it instead of hundreds, at a tenth of the processor time.
func WriteGrowing(f File, b []byte, pos, size int64) error {
	end := pos + int64(len(b))
	for page := (pos + LargePage - 1) &^ (LargePage - 1); page < end; page += LargePage {
		if err := WriteZeros(f, page, min(LargePage, size-page)); err != nil {
			return err
		}
	}
	_, err := f.WriteAt(b, pos)
	return err
}
