// Package reset moves consumer groups in their queues when an administrator asks for it: back to a time, on to
// the end, to an offset, or to where another group is.
//
// The offset is changed here, and the next pull of any member is told (broker/offset, broker/pull). That is
// what Java 5 does with useServerSideResetOffset, its default; without it the members are told to change the
// offset themselves, as they were by Java 4.
//
// Java: AdminBrokerProcessor, Broker2Client.
package reset
