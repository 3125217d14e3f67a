// Package certs keeps what a server shows and trusts in TLS: the keys and the tls.properties of RocketMQ, PEM files
// with private keys encrypted or not, a certificate made on the spot if there are none, and all of it anew when the files
// change. Java: TlsSystemConfig, TlsHelper, FileWatchService.
package certs
