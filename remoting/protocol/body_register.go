package protocol

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/compat/mqversion"
)

// RegisterBody is the body of 103. Java: RegisterBrokerBody.
type RegisterBody struct {
	FilterServerList []string   `json:"filterServerList" fastjson:"notnull"`
	Topics           TopicTable `json:"topicConfigSerializeWrapper"`
}

// ErrRegisterBody is wrapped by the errors of DecodeRegisterBody that are not those of fastjson.
var ErrRegisterBody = errors.New("protocol: malformed register body")

// maxInflated is how much a compressed body may grow to: what could have come uncompressed.
const maxInflated = 16 << 20

// DecodeRegisterBody reads the body of 103 from a broker of the given version. What form it has is
// seen from the body, not taken from the header, where Java 5.x brokers say that a compressed body
// is not. An empty body is an empty table.
func DecodeRegisterBody(body []byte, version int32) (*RegisterBody, error) {
	b := new(RegisterBody)
	switch {
	case len(body) == 0:
		return b, nil
	case body[0]&0x0f == zlibMethod:
		inflated, err := inflate(body)
		if err != nil {
			return nil, err
		}
		return b, b.decodeCompressed(inflated, version)
	case version < mqversion.V3_0_11:
		return b, fastjson.Unmarshal(body, &b.Topics)
	}
	return b, fastjson.Unmarshal(body, b)
}

// zlibMethod is the low half of the first byte of every zlib stream. JSON cannot begin so: of its
// first bytes only '(' would fit.
const zlibMethod = 8

func inflate(body []byte) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrRegisterBody, err)
	}
	inflated, err := io.ReadAll(io.LimitReader(r, maxInflated+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrRegisterBody, err)
	}
	if len(inflated) > maxInflated {
		return nil, fmt.Errorf("%w: inflates to more than %d bytes", ErrRegisterBody, maxInflated)
	}
	return inflated, nil
}

// The compressed form is a zlib stream of
//
//	int32 n, n bytes      DataVersion as JSON
//	int32 topics, and for each
//	    int32 n, n bytes  the text form of its TopicConfig
//	int32 n, n bytes      FilterServerList as JSON
//	int32 mappings, and for each            from V5_0_0 on
//	    int32 n, n bytes  its TopicMappingInfo as JSON
//
// It loses the versions and details of static topics, and each topic's order and sysFlag.
func (b *RegisterBody) decodeCompressed(data []byte, version int32) error {
	table := &b.Topics
	r := sections{data}
	if err := r.json(&table.DataVersion); err != nil {
		return err
	}
	table.TopicConfigTable = make(map[string]TopicConfig)
	err := r.each(func() error {
		text, err := r.next()
		if err != nil {
			return err
		}
		c, err := parseTopicText(text)
		table.TopicConfigTable[c.TopicName] = c
		return err
	})
	if err != nil {
		return err
	}
	if err := r.json(&b.FilterServerList); err != nil || version < mqversion.V5_0_0 || len(r.rest) == 0 {
		return err
	}
	table.TopicQueueMappingInfoMap = make(map[string]TopicMappingInfo)
	return r.each(func() error {
		var m TopicMappingInfo
		err := r.json(&m)
		table.TopicQueueMappingInfoMap[m.Topic] = m
		return err
	})
}

// AppendCompressed appends the compressed form, as brokers of V5_0_0 and newer send it.
func (b *RegisterBody) AppendCompressed(dst []byte) []byte {
	table := &b.Topics
	var raw sectionWriter
	raw.json(&table.DataVersion)
	raw.count(len(table.TopicConfigTable))
	for _, name := range slices.Sorted(maps.Keys(table.TopicConfigTable)) {
		c := table.TopicConfigTable[name]
		raw.section(appendTopicText(nil, &c))
	}
	filterServers := b.FilterServerList
	if filterServers == nil {
		filterServers = []string{}
	}
	raw.json(filterServers)
	raw.count(len(table.TopicQueueMappingInfoMap))
	for _, name := range slices.Sorted(maps.Keys(table.TopicQueueMappingInfoMap)) {
		raw.json(table.TopicQueueMappingInfoMap[name])
	}
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	_, err := z.Write(raw)
	if err = errors.Join(err, z.Close()); err != nil {
		panic("BUG: zlib failed to write to memory: " + err.Error())
	}
	return append(dst, out.Bytes()...)
}

// sections reads counts and sections of bytes, each behind its int32 length.
type sections struct{ rest []byte }

func (s *sections) int32() (int, error) {
	if len(s.rest) < 4 {
		return 0, fmt.Errorf("%w: cut off", ErrRegisterBody)
	}
	n := int32(binary.BigEndian.Uint32(s.rest))
	s.rest = s.rest[4:]
	if n < 0 {
		return 0, fmt.Errorf("%w: negative length", ErrRegisterBody)
	}
	return int(n), nil
}

func (s *sections) next() ([]byte, error) {
	n, err := s.int32()
	if err != nil {
		return nil, err
	}
	if n > len(s.rest) {
		return nil, fmt.Errorf("%w: section of %d bytes, %d left", ErrRegisterBody, n, len(s.rest))
	}
	section := s.rest[:n]
	s.rest = s.rest[n:]
	return section, nil
}

func (s *sections) json(v any) error {
	text, err := s.next()
	if err != nil {
		return err
	}
	return fastjson.Unmarshal(text, v)
}

// each calls read as often as the count that follows says, or until it fails: it does when the
// bytes are used up.
func (s *sections) each(read func() error) error {
	count, err := s.int32()
	for range count {
		if err != nil {
			break
		}
		err = read()
	}
	return err
}

// sectionWriter writes what sections reads.
type sectionWriter []byte

func (w *sectionWriter) count(n int) { *w = binary.BigEndian.AppendUint32(*w, uint32(n)) }

func (w *sectionWriter) section(b []byte) {
	w.count(len(b))
	*w = append(*w, b...)
}

func (w *sectionWriter) json(v any) { w.section(fastjson.Append(nil, v)) }
