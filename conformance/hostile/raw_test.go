//go:build conformance

package hostile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting/wire"
)

// ext is the extFields of a request.
type ext map[string]string

// with returns e with some fields replaced.
func (e ext) with(name, value string) ext {
	c := maps.Clone(e)
	c[name] = value
	return c
}

// request is one well-formed frame with a JSON header.
func request(code, opaque, flag int32, fields ext, body []byte) []byte {
	return encode(wire.Head{Code: code, Language: wire.Java, Version: 479, Opaque: opaque, Flag: flag}, fields, body)
}

func encode(head wire.Head, fields ext, body []byte) []byte {
	var e wire.Encoder
	e.Begin(nil, head)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		e.String(name, fields[name])
	}
	frame, err := e.Finish(len(body))
	if err != nil {
		panic(fmt.Sprintf("the test's own frame: %v", err))
	}
	return append(frame, body...)
}

// frame puts right lengths around whatever header it is given.
func frame(kind byte, header, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(4+len(header)+len(body)))
	b = binary.BigEndian.AppendUint32(b, uint32(kind)<<24|uint32(len(header)))
	return append(append(b, header...), body...)
}

// header is a JSON header of a request for the end of a queue, with further members behind it.
func header(members string) []byte {
	return []byte(`{"code":30,"flag":0,"language":"JAVA","opaque":1,"version":479` + members + `}`)
}

// peer is the attacker's connection.
type peer struct {
	net.Conn
	t      *testing.T
	in     *bufio.Reader
	opaque int32
}

func dial(t *testing.T, addr string) *peer {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		t.Fatalf("attacker cannot connect: %v", err)
	}
	t.Cleanup(func() { reset(conn) })
	return &peer{Conn: conn, t: t, in: bufio.NewReader(conn)}
}

// reset ends a connection so that it leaves nothing: thousands that end in order keep their ports for a
// minute, and the machine has not that many.
func reset(conn net.Conn) {
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// send writes; that the other side has closed meanwhile is for the reader to find out.
func (p *peer) send(b []byte) {
	_ = p.SetWriteDeadline(time.Now().Add(patience))
	_, _ = p.Write(b)
}

// wantClosed checks that the server ends the connection by itself, having answered nothing.
func (p *peer) wantClosed(what string) {
	p.t.Helper()
	_ = p.SetReadDeadline(time.Now().Add(patience))
	got, err := io.ReadAll(p.in)
	if isTimeout(err) {
		p.t.Errorf("%s: the connection is still open after %v", what, patience)
	} else if len(got) > 0 {
		p.t.Errorf("%s: answered %.80q, want the connection closed without an answer", what, got)
	}
	_ = p.Close()
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// answer is what a request is answered, with a copy of everything.
type answer struct {
	code, opaque int32
	remark       string
	fields       map[string]string
	body         []byte
}

// number is an extField as a number; a test fails if it is none.
func (p *peer) number(a answer, name string) int64 {
	p.t.Helper()
	n, err := strconv.ParseInt(a.fields[name], 10, 64)
	if err != nil {
		p.t.Errorf("field %s of the answer %d %q: %v", name, a.code, a.remark, err)
	}
	return n
}

// receive reads one answer.
func (p *peer) receive() (answer, error) {
	_ = p.SetReadDeadline(time.Now().Add(patience))
	var word [4]byte
	if _, err := io.ReadFull(p.in, word[:]); err != nil {
		return answer{}, err
	}
	n, err := wire.Cut(word[:])
	if err != nil {
		return answer{}, err
	}
	b := append(word[:], make([]byte, n-4)...)
	if _, err := io.ReadFull(p.in, b[4:]); err != nil {
		return answer{}, err
	}
	var c wire.Command
	if err := wire.Decode(b, &c); err != nil {
		return answer{}, err
	}
	a := answer{code: c.Code, opaque: c.Opaque, remark: string(c.Remark), fields: make(map[string]string), body: c.Body}
	for _, f := range c.Ext {
		a.fields[string(f.Key)] = string(f.Value)
	}
	return a, nil
}

// ask sends one request and reads its answer.
func (p *peer) ask(code int32, fields ext, body []byte) answer {
	p.t.Helper()
	p.opaque++
	p.send(request(code, p.opaque, 0, fields, body))
	return p.answered(fmt.Sprintf("code %d, fields %.200v", code, fields))
}

// answered reads the answer to the last request.
func (p *peer) answered(what string) answer {
	p.t.Helper()
	a, err := p.receive()
	if err != nil {
		p.t.Fatalf("%s: no answer: %v", what, err)
	}
	if a.opaque != p.opaque {
		p.t.Fatalf("%s: answer to opaque %d, want %d", what, a.opaque, p.opaque)
	}
	return a
}

// want asks and checks the code of the answer. A refusal must say why.
func (p *peer) want(what string, code int32, fields ext, body []byte, codes ...int32) answer {
	p.t.Helper()
	a := p.ask(code, fields, body)
	if !slices.Contains(codes, a.code) {
		p.t.Errorf("%s: code %d, remark %.200q; want code %v", what, a.code, a.remark, codes)
	}
	if a.code != 0 && a.remark == "" {
		p.t.Errorf("%s: refused with %d and no remark", what, a.code)
	}
	return a
}
