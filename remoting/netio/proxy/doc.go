// Package proxy reads the header with which a proxy in front of a server tells whom it speaks for: the PROXY
// protocol, versions 1 and 2, of HAProxy (doc/proxy-protocol.txt there). It comes once, before all else.
//
// Version 1 is a line of at most 107 bytes:
//
//	PROXY TCP4 192.0.2.7 198.51.100.1 51234 10911 CR LF
//	PROXY TCP6 2001:db8::7 2001:db8::1 51234 10911 CR LF
//	PROXY UNKNOWN … CR LF
//
// Version 2 is binary, numbers in network order:
//
//	 0  12  0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A
//	12   1  0x20 LOCAL: the proxy speaks for itself; 0x21 PROXY
//	13   1  family << 4 | transport: 0 unspecified, 1 IPv4, 2 IPv6, 3 unix; 0 unspecified, 1 stream, 2 datagram
//	14   2  length of the rest
//	16  12  IPv4: source, destination, source port, destination port
//	    36  IPv6: the same
//	   216  unix: two paths
//	  then  TLVs: type (1), length (2), value
package proxy
