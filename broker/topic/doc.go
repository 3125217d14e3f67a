// Package topic is the broker's table of topics: what exists, with how many queues, and who may do
// what with it.
//
// Readers ask by the bytes that came with a request, take no lock and allocate nothing. Writers go
// one at a time; each change is kept in memory first, then written to topics.json, then told to the
// Changed function, which registers it at the name servers.
//
// Java: TopicConfigManager, TopicValidator, TopicAttributes.
package topic
