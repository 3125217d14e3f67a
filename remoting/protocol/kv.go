package protocol

import "github.com/gannetmq/gannet/remoting/wire"

// PutKVRequest is the header of 100. Java: PutKVConfigRequestHeader.
type PutKVRequest struct {
	Namespace string
	Key       string
	Value     string
}

// Fields implements wire.Header.
func (h *PutKVRequest) Fields(f *wire.Fields) {
	f.String("namespace", &h.Namespace, wire.Required)
	f.String("key", &h.Key, wire.Required)
	f.String("value", &h.Value, wire.Required)
}

// KVRequest is the header of 101 and 102. Java: GetKVConfigRequestHeader,
// DeleteKVConfigRequestHeader.
type KVRequest struct {
	Namespace string
	Key       string
}

// Fields implements wire.Header.
func (h *KVRequest) Fields(f *wire.Fields) {
	f.String("namespace", &h.Namespace, wire.Required)
	f.String("key", &h.Key, wire.Required)
}

// KVResponse is the header of the answer to 101. Java: GetKVConfigResponseHeader.
type KVResponse struct {
	Value string
}

// Fields implements wire.Header.
func (h *KVResponse) Fields(f *wire.Fields) {
	f.String("value", &h.Value, wire.Optional)
}

// KVNamespaceRequest is the header of 219. Java: GetKVListByNamespaceRequestHeader.
type KVNamespaceRequest struct {
	Namespace string
}

// Fields implements wire.Header.
func (h *KVNamespaceRequest) Fields(f *wire.Fields) {
	f.String("namespace", &h.Namespace, wire.Required)
}
