// Package namesrv is the name server: brokers register with it, clients ask it where topics are. The
// handlers are here, the table is in namesrv/route. What is on disk is the key-value configuration, in
// namesrv/kv, and the configuration file while 318 changes it.
package namesrv
