// Package admin serves what administrators ask of the whole broker: taking topics and groups away with
// all that belongs to them, the configuration, and figures of how it runs. What concerns one table alone
// is served by that table's package.
//
// Java: AdminBrokerProcessor, Configuration.
package admin
