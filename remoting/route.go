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

// Access is the authorisation pair of a route.
type Access struct {
	Action    Action
	Resources Extractor
}

// Extractor appends what a request touches to dst.
type Extractor func(r *Request, dst []Resource) []Resource

// NoResource is the extractor of routes that touch no protected thing.
func NoResource(_ *Request, dst []Resource) []Resource { return dst }

// EveryCluster is the extractor of what concerns a server as a whole: no permission for a single cluster covers it.
func EveryCluster(_ *Request, dst []Resource) []Resource {
	return append(dst, Resource{Kind: KindCluster})
}

// Both makes an extractor that names what a and b do, in this order.
func Both(a, b Extractor) Extractor {
	return func(r *Request, dst []Resource) []Resource { return b(r, a(r, dst)) }
}

// Open is the Access of what anybody may ask: liveness, discovery.
var Open = Access{Action: ActionNone, Resources: NoResource}

// Field makes an extractor that names one resource of that kind, after an extField. The first of the
// names that is present counts: SEND_MESSAGE_V2 calls the topic "b".
func Field(kind Kind, names ...string) Extractor {
	return func(r *Request, dst []Resource) []Resource {
		for _, name := range names {
			if v, ok := r.Cmd.Lookup(name); ok {
				return append(dst, Resource{Kind: kind, Name: string(v)})
			}
		}
		return dst
	}
}

// Authorizer decides whether the sender of r may do action to all of the resources. It is asked once
// per request, before the handler, on the goroutine that cut the frame: it must not block. An error is
// the answer, see Request.FailErr. Nothing of the arguments may be kept.
type Authorizer interface {
	Authorize(r *Request, action Action, resources []Resource) error
}

// Inline runs a handler at once, on the goroutine that cut the frame. It must not block.
var Inline Runner = inline{}

type inline struct{}

func (inline) TrySubmit(r *Request) bool {
	r.run()
	return true
}
