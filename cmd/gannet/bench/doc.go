// Package bench is the load generator behind `gannet bench`. It speaks plain remoting, so that the
// same generator drives this broker and Apache RocketMQ's. It uses nothing of this project but the
// frame codec, and no more CPU than it must: requests are templates in which a few digits change.
package bench
