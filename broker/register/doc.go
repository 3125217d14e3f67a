// Package register tells name servers of this broker: when it starts, when its topics change, every
// few seconds that it still lives, and when it leaves. Each name server has a goroutine and one
// persistent connection, so that a slow one delays only itself; who changes the topics waits a moment
// for those that answer. Java: BrokerOuterAPI.
package register
