// Package doctor holds `gannet doctor` to RocketMQ's own name server and broker: what it asks them is
// answered, and what it says of them is true. Tests need the build tag "conformance".
package doctor
