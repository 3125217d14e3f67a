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

var languageNames = [...]string{
	Java: "JAVA", CPP: "CPP", DotNet: "DOTNET", Python: "PYTHON", Delphi: "DELPHI", Erlang: "ERLANG", Ruby: "RUBY",
	Other: "OTHER", HTTP: "HTTP", Go: "GO", PHP: "PHP", OMS: "OMS", Rust: "RUST", NodeJS: "NODE_JS",
}

// String is the name that Java gives the language, as in JSON headers; "UNKNOWN" if it has none.
func (l Language) String() string {
	if int(l) < len(languageNames) {
		return languageNames[l]
	}
	return "UNKNOWN"
}

func languageOf(code byte) Language {
	if int(code) < len(languageNames) {
		return Language(code)
	}
	return UnknownLanguage
}

// languageNamed is exact about case, like Java's enum lookup.
func languageNamed(name []byte) Language {
	for i, n := range languageNames {
		if string(name) == n {
			return Language(i)
		}
	}
	return UnknownLanguage
}
