// Package group is the broker's table of consumer groups: what each may do and how its failures are
// retried. Which clients are online is the business of broker/clients.
//
// Readers ask by the bytes that came with a request, take no lock and allocate nothing. Writers go
// one at a time; each change is kept in memory first and then written to subscriptionGroup.json.
//
// Java: SubscriptionGroupManager.
package group
