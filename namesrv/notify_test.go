package namesrv

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/namesrv/route"
	"github.com/gannetmq/gannet/remoting/wire"
)

// listenAsBroker is the address of a broker, and the frames that come there. Called before serve, it ends
// when the name server has closed its connection.
func listenAsBroker(t *testing.T) (addr string, frames <-chan *wire.Command) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	came := make(chan *wire.Command, 10)
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		for {
			head := make([]byte, 8)
			if _, err := io.ReadFull(c, head); err != nil {
				return
			}
			whole, err := wire.Cut(head)
			if err != nil {
				t.Errorf("frame: %v", err)
				return
			}
			frame := append(head, make([]byte, whole-8)...)
			if _, err := io.ReadFull(c, frame[8:]); err != nil {
				t.Errorf("frame: %v", err)
				return
			}
			got := new(wire.Command)
			if err := wire.Decode(frame, got); err != nil {
				t.Errorf("frame: %v", err)
				return
			}
			came <- got
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().String(), came
}

// A slave is told that its master has left and that it is back, in the fields of Java's name server.
func TestBrokersAreToldOfANewSmallestID(t *testing.T) {
	slave, frames := listenAsBroker(t)
	n, dial := serve(t, Options{Switches: Switches{Rules: route.Rules{TellMinChange: true}}})
	register := func(ext ...any) net.Conn {
		c := dial()
		if got := exchange(t, c, frame(t, 103, 479, registerBody(1, "T", "U"), broker(append(ext, "enableActingMaster", "true")...)...)); got.Code != 0 {
			t.Fatalf("register: %d %q", got.Code, got.Remark)
		}
		return c
	}
	master := register()
	register("brokerId", 1, "brokerAddr", slave)
	if err := master.Close(); err != nil {
		t.Fatal(err)
	}
	left := receive(t, frames)
	waitFor(t, "the master to go", func() bool { return len(n.Table().Members("", "broker-a").BrokerAddrs) == 1 })
	register()
	back := receive(t, frames)
	compared := 0
	for _, f := range golden.Frames(t) {
		if f.Code != 905 || f.Caller != "namesrv-5.3.3" {
			continue
		}
		want := peer.Decode(t, f.Request)
		got := left
		if _, ok := want.Lookup("haBrokerAddr"); ok {
			got = back
		}
		same := got.Code == want.Code && got.Flag == want.Flag && len(got.Ext) == len(want.Ext) && len(got.Body) == 0
		for _, pair := range want.Ext {
			value, ok := got.Lookup(string(pair.Key))
			same = same && ok && strings.Replace(string(value), slave, "127.0.0.1:19931", 1) == string(pair.Value)
		}
		if !same {
			t.Errorf("%s: got %d %d %q, want %d %d %q", f.ReqFile, got.Code, got.Flag, got.Ext, want.Code, want.Flag, want.Ext)
		}
		compared++
	}
	if compared != 2 {
		t.Errorf("%d recorded frames compared, want 2", compared)
	}
}

func receive(t *testing.T, frames <-chan *wire.Command) *wire.Command {
	t.Helper()
	select {
	case f := <-frames:
		return f
	case <-time.After(10 * time.Second):
		t.Fatal("no frame in 10 s")
		return nil
	}
}

// A broker that cannot be reached holds up neither the others nor a stop.
func TestUnreachableBrokerIsPassedOver(t *testing.T) {
	slave, frames := listenAsBroker(t)
	_, dial := serve(t, Options{Switches: Switches{Rules: route.Rules{TellMinChange: true}}})
	c := dial()
	for i, addr := range []string{"127.0.0.1:1", "no port", "127.0.0.1:19911"} {
		exchange(t, c, frame(t, 103, 479, registerBody(1, "T", "U"), broker("brokerId", 5-i, "brokerAddr", addr, "enableActingMaster", "true")...))
	}
	exchange(t, c, frame(t, 103, 479, registerBody(1, "T", "U"), broker("brokerId", 7, "brokerAddr", slave, "enableActingMaster", "true")...))
	exchange(t, c, frame(t, 104, 479, nil, broker("brokerId", 3)...))
	if got := receive(t, frames); got.Code != 905 {
		t.Errorf("got code %d, want 905", got.Code)
	}
}

// A new interval counts while the name server runs.
func TestScanIntervalChanges(t *testing.T) {
	n, dial := serve(t, Options{Switches: Switches{ScanEvery: time.Hour}})
	c := dial()
	exchange(t, c, frame(t, 103, 479, registerBody(1, "T", "U"), broker("heartbeatTimeoutMillis", 50)...))
	if got := exchange(t, c, frame(t, 318, 479, []byte("scanNotActiveBrokerInterval=10"))); got.Code != 0 {
		t.Fatalf("%d %q", got.Code, got.Remark)
	}
	waitFor(t, "broker to go", func() bool { return n.Table().Brokers() == 0 })
}
