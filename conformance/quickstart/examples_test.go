//go:build quickstart

package quickstart

// example is one class of rocketmq-example, below org.apache.rocketmq.example.
type example struct {
	class string
	want  int  // pieces of which each run prints at least so many that differ; then it is given a moment for more than it should print
	ends  bool // the program ends by itself
	// ordered examples print the messages of a queue in order.
	ordered bool
	// anyOffset is for what began in queues that the client chose at random, with other messages in them, or in Java's own disorder.
	anyOffset bool
	// repeats is for a program that prints the same again and again.
	repeats bool
	// after is run when this one is under way, and before it is judged.
	after []example
}

// examples in the order in which they are run: consumers find what producers before them sent. RequestProducer comes twice, because
// the topic comes to be with the first request, which nobody can answer.
var examples = []example{
	{class: "quickstart.Producer", want: 1000, ends: true},
	{class: "quickstart.Consumer", want: 1001},
	{class: "ordermessage.Producer", want: 100, ends: true},
	{class: "ordermessage.Consumer", want: 1001, ordered: true},
	{class: "broadcast.PushConsumer", want: 1001},
	{class: "simple.LitePullConsumerSubscribe", want: 1000},
	{class: "simple.LitePullConsumerAssign", want: 490},
	{class: "simple.LitePullConsumerAssignWithSubExpression", want: 1},
	{class: "simple.PullScheduleService", want: 8, repeats: true},
	{class: "simple.PullConsumer"},
	{class: "transaction.TransactionProducer", want: 10},
	{class: "batch.SimpleBatchProducer", want: 1},
	{class: "batch.SplitBatchProducer", want: 8, anyOffset: true},
	{class: "filter.TagFilterProducer", want: 60, ends: true},
	{class: "filter.TagFilterConsumer", want: 41},
	{class: "filter.SqlFilterProducer", want: 10, ends: true},
	{class: "filter.SqlFilterConsumer", want: 4},
	{class: "schedule.ScheduledMessageProducer", want: 100, ends: true},
	{class: "schedule.ScheduledMessageConsumer", want: 100},
	{class: "schedule.TimerMessageProducer", want: 10, ends: true},
	{class: "schedule.TimerMessageConsumer", want: 10},
	{class: "tracemessage.TraceProducer", want: 128, ends: true},
	{class: "tracemessage.TracePushConsumer", want: 1129},
	{class: "rpc.RequestProducer", want: 1, ends: true},
	{class: "rpc.ResponseConsumer", want: 6, anyOffset: true, repeats: true, after: []example{
		{class: "rpc.AsyncRequestProducer", want: 3},
		{class: "rpc.RequestProducer", want: 1, ends: true},
	}},
	{class: "simple.Producer", want: 128, ends: true},
	{class: "simple.AsyncProducer", want: 100, ends: true},
	{class: "simple.OnewayProducer", ends: true},
	{class: "simple.PushConsumer", want: 1357, anyOffset: true},
	{class: "namespace.ProducerWithNamespace", want: 100, ends: true},
	{class: "namespace.PushConsumerWithNamespace", want: 100},
	{class: "namespace.PullConsumerWithNamespace", want: 27},
}

// differences are what our broker does otherwise, put back before the comparison.
var differences = []struct {
	class  string
	ours   string
	java   string
	reason string
}{
	{"rpc.AsyncRequestProducer", "CLUSTER=DefaultCluster, ", "", "a reply names the cluster, as every other message does; Java leaves it out"},
}
