package wire

// Language is the implementation language a peer claims. Informational, but shown by tools.
type Language uint8

// Java: LanguageCode. Unknown is what Java decodes to null.
const (
	Java Language = iota
	CPP
	DotNet
	Python
	Delphi
	Erlang
	Ruby
	Other
	HTTP
	Go
	PHP
	OMS
	Rust
	NodeJS
	UnknownLanguage Language = 255
)
