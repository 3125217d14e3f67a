package protocol

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/compat/jvalue"
)

// A topic in one line, blanks between the parts, which the compressed body of 103 is made of (Java:
// TopicConfig.encode, decode):
//
//	TopicA 8 8 6 SINGLE_TAG {"message.type":"FIFO"}
//	name   | | | filter type and attributes, which 4.x leaves out
//	       | | perm
//	       | write queues
//	       read queues
const topicTextParts = 6

func appendTopicText(dst []byte, c *TopicConfig) []byte {
	dst = append(dst, c.TopicName...)
	for _, n := range []int32{c.ReadQueueNums, c.WriteQueueNums, c.Perm} {
		dst = append(dst, ' ')
		dst = strconv.AppendInt(dst, int64(n), 10)
	}
	dst = append(dst, ' ')
	dst = append(dst, c.TopicFilterType...)
	dst = append(dst, ' ')
	attributes := c.Attributes
	if attributes == nil {
		attributes = map[string]string{}
	}
	return fastjson.Append(dst, attributes)
}

func parseTopicText(text []byte) (TopicConfig, error) {
	var c TopicConfig
	c.SetDefaults()
	parts := strings.SplitN(string(text), " ", topicTextParts)
	if len(parts) < topicTextParts-1 {
		return c, fmt.Errorf("%w: topic %.80q", ErrRegisterBody, text)
	}
	c.TopicName = parts[0]
	for i, into := range []*int32{&c.ReadQueueNums, &c.WriteQueueNums, &c.Perm} {
		n, err := jvalue.ParseInt(parts[i+1])
		if err != nil {
			return c, fmt.Errorf("%w: topic %.80q", ErrRegisterBody, text)
		}
		*into = n
	}
	if c.TopicFilterType = parts[4]; c.TopicFilterType != SingleTag && c.TopicFilterType != MultiTag {
		return c, fmt.Errorf("%w: topic %.80q", ErrRegisterBody, text)
	}
	if len(parts) < topicTextParts {
		return c, nil
	}
	return c, fastjson.Unmarshal([]byte(parts[5]), &c.Attributes)
}
