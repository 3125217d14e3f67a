// Package kv is the name server's key-value table: texts by namespace and key, which administrators
// put and clients ask for. It is kept in one file, in Java's format. Java: KVConfigManager.
package kv
