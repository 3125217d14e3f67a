// Package config finds the settings of a broker and of a name server: in RocketMQ's own configuration
// files, in the environment and on the command line. It says what is wrong with them, and holds the
// commands `gannet config check` and `gannet config show`.
//
// What is set later counts:
//
//	default   Java's, or the one of the command (brokerName), or NAMESRV_ADDR as in Java
//	file      -c broker.conf, --namesrv-config namesrv.conf
//	GANNET_…  a key in capitals: GANNET_LISTENPORT; GANNET_NAMESRV_LISTENPORT for the name server
//	--set     --set listenPort=10911, --set namesrv.listenPort=9876
//	--…       keys that have a flag of their own
//
// viper does the layering. It lowers the case of keys and guesses types, so it is given only keys
// that a table has, and only strings; jconf binds what comes out.
package config
