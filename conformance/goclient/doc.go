// Package goclient runs the official Go client, rocketmq-client-go v2, unmodified against the gannet
// binary. Tests need the build tag "conformance".
package goclient
