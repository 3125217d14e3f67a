// Package transport has the official Java client reach the gannet binary over TLS, in each mode and with each kind of
// certificate, and changes the certificate under it. Tests need the build tag "conformance".
package transport
