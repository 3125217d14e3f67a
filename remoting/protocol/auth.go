package protocol

import "github.com/gannetmq/gannet/remoting/wire"

// UserRequest is the header of 3001, 3002, 3003 and 3004. Java: CreateUserRequestHeader,
// UpdateUserRequestHeader, DeleteUserRequestHeader, GetUserRequestHeader.
type UserRequest struct {
	Username string
}

// Fields implements wire.Header.
func (h *UserRequest) Fields(f *wire.Fields) {
	f.String("username", &h.Username, wire.Optional)
}

// ListUsersRequest is the header of 3005. Java: ListUsersRequestHeader.
type ListUsersRequest struct {
	Filter string
}

// Fields implements wire.Header.
func (h *ListUsersRequest) Fields(f *wire.Fields) {
	f.String("filter", &h.Filter, wire.Optional)
}

// ACLRequest is the header of 3006, 3007 and 3009. Java: CreateAclRequestHeader,
// UpdateAclRequestHeader, GetAclRequestHeader.
type ACLRequest struct {
	Subject string
}

// Fields implements wire.Header.
func (h *ACLRequest) Fields(f *wire.Fields) {
	f.String("subject", &h.Subject, wire.Optional)
}

// DeleteACLRequest is the header of 3008. Java: DeleteAclRequestHeader.
type DeleteACLRequest struct {
	Subject    string
	PolicyType string
	Resource   string
}

// Fields implements wire.Header.
func (h *DeleteACLRequest) Fields(f *wire.Fields) {
	f.String("subject", &h.Subject, wire.Optional)
	f.String("policyType", &h.PolicyType, wire.Optional)
	f.String("resource", &h.Resource, wire.Optional)
}

// ListACLsRequest is the header of 3010. Java: ListAclsRequestHeader.
type ListACLsRequest struct {
	SubjectFilter  string
	ResourceFilter string
}

// Fields implements wire.Header.
func (h *ListACLsRequest) Fields(f *wire.Fields) {
	f.String("subjectFilter", &h.SubjectFilter, wire.Optional)
	f.String("resourceFilter", &h.ResourceFilter, wire.Optional)
}
