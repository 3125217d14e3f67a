// Package namesrv is the name server: brokers register with it, clients ask it where topics are.
// It keeps nothing on disk. The table is in namesrv/route, the handlers are here.
package namesrv
