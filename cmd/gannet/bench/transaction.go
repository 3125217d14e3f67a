package bench

import (
	"fmt"
	"strconv"

	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
)

// Transaction bits of the sysFlag. Java: MessageSysFlag.
const (
	sysPrepared = 4
	sysCommit   = 8
)

// ends says how transactions end whose messages were taken.
type ends struct {
	o       *Options
	encoder wire.Encoder
}

// commit appends the END_TRANSACTION that commits the half message that answer has taken. As from the Java
// client it is one way.
func (c *ends) commit(dst []byte, answer *wire.Command) ([]byte, error) {
	id, _ := answer.Lookup("msgId")
	_, offset, err := record.ParseOffsetID(string(id))
	if err != nil {
		return dst, fmt.Errorf("message id %q: %w", id, err)
	}
	queueOffset, _ := answer.Lookup("queueOffset")
	key, _ := answer.Lookup("transactionId")
	e := &c.encoder
	e.Begin(dst, wire.Head{Code: codeEnd, Flag: wire.FlagOneway, Language: wire.Java, Version: version, Opaque: answer.Opaque, Serialization: c.o.serialization()})
	e.String("topic", c.o.Topic)
	e.String("producerGroup", group)
	e.String("tranStateTableOffset", string(queueOffset))
	e.String("commitLogOffset", strconv.FormatInt(offset, 10))
	e.String("commitOrRollback", strconv.Itoa(sysCommit))
	e.String("fromTransactionCheck", "false")
	e.String("msgId", string(key))
	e.String("transactionId", string(key))
	return e.Finish(0)
}
