package remoting

// Route is one row of the table: which handler serves a code, where it runs, and what must be
// allowed for it.
type Route struct {
	Code   int32
	Run    Runner // Inline, or a *Pool
	Access Access
	Handle func(*Request)
}

// Runner runs the work of a request: Inline on the goroutine that cut the frame, a Pool elsewhere.
type Runner interface {
	// TrySubmit hands r over and reports whether it was taken. It never blocks.
	TrySubmit(r *Request) bool
}

// Action is what a request does to a resource. Java: org.apache.rocketmq.common.action.Action.
type Action uint8

const (
	ActionNone Action = iota // needs no permission: liveness, route discovery of the caller itself
	ActionPub
	ActionSub
	ActionCreate
	ActionUpdate
	ActionDelete
	ActionGet
	ActionList
)

// Kind is the kind of thing that is protected. Java: ResourceType.
type Kind uint8

const (
	KindNone Kind = iota
	KindCluster
	KindTopic
	KindGroup
)

// Resource names one protected thing.
type Resource struct {
	Kind Kind
	Name string
}

// Access is the authorisation pair of a route. Resources appends what the request touches to dst.
type Access struct {
	Action    Action
	Resources func(r *Request, dst []Resource) []Resource
}
