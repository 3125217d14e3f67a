package certs

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/rc4"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"unicode/utf16"
)

// An encrypted private key, RFC 5958 and RFC 8018, in DER:
//
//	EncryptedPrivateKeyInfo = SEQUENCE { algorithm, OCTET STRING encrypted PKCS#8 }
//	algorithm               = SEQUENCE { OID, parameters }
//	PBES2:  parameters      = SEQUENCE { algorithm of the key's derivation, algorithm of the encryption }
//	        PBKDF2          = SEQUENCE { OCTET STRING salt, INTEGER iterations, [INTEGER key length], [algorithm of the hash] }
//	        AES-CBC, 3DES   = OCTET STRING initial vector
//	PKCS#12 (RFC 7292, B):  = SEQUENCE { OCTET STRING salt, INTEGER iterations }, with 3DES or RC4
//
// The last is what RocketMQ's own guide to TLS has users make.
type encryptedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

type pbes2Parameters struct{ Derivation, Encryption pkix.AlgorithmIdentifier }

type pbkdf2Parameters struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	Hash       pkix.AlgorithmIdentifier `asn1:"optional"`
}

type pkcs12Parameters struct {
	Salt       []byte
	Iterations int
}

// Identifiers of algorithms, from RFC 8018 and RFC 7292.
const (
	oidPBES2      = "1.2.840.113549.1.5.13"
	oidPBKDF2     = "1.2.840.113549.1.5.12"
	oidSHA1RC4128 = "1.2.840.113549.1.12.1.1"
	oidSHA13DES   = "1.2.840.113549.1.12.1.3"
)

// maxIterations is above what anybody uses: it bounds the time that a file can cost.
const maxIterations = 10_000_000

// Errors of encrypted keys.
var (
	errPassword   = errors.New("wrong password")
	errNoPassword = errors.New("the key is encrypted: set tls.server.keyPassword")
	errEncryption = errors.New("encryption is not supported; make it anew: openssl pkcs8 -topk8 -v2 aes-256-cbc -in KEY -out NEW")
)

// plainKey returns the PEM of a private key, decrypted if it was not plain.
func plainKey(text []byte, password string) ([]byte, error) {
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return text, nil // whatever is wrong with it, tls.X509KeyPair says
		}
		switch {
		case block.Headers["DEK-Info"] != "":
			return nil, fmt.Errorf("%s, %w", block.Headers["DEK-Info"], errEncryption)
		case block.Type != "ENCRYPTED PRIVATE KEY":
			continue
		case password == "":
			return nil, errNoPassword
		}
		der, err := decrypt(block.Bytes, password)
		if err != nil {
			return nil, err
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
	}
}

// decrypt returns the PKCS#8 in an EncryptedPrivateKeyInfo.
func decrypt(der []byte, password string) ([]byte, error) {
	var k encryptedKey
	if err := unmarshal(der, &k); err != nil {
		return nil, err
	}
	c, err := cipherOf(k.Algorithm, password)
	if err != nil {
		return nil, err
	}
	plain, err := c(k.Data)
	if err != nil {
		return nil, err
	}
	if _, err := x509.ParsePKCS8PrivateKey(plain); err != nil {
		return nil, errPassword // the padding may be right by chance
	}
	return plain, nil
}

// decrypter decrypts all.
type decrypter func(data []byte) ([]byte, error)

func cipherOf(a pkix.AlgorithmIdentifier, password string) (decrypter, error) {
	switch id := a.Algorithm.String(); id {
	case oidPBES2:
		return pbes2(a.Parameters.FullBytes, password)
	case oidSHA1RC4128, oidSHA13DES:
		return pkcs12(id, a.Parameters.FullBytes, password)
	default:
		return nil, fmt.Errorf("algorithm %s, %w", id, errEncryption)
	}
}

func pbes2(parameters []byte, password string) (decrypter, error) {
	var p pbes2Parameters
	if err := unmarshal(parameters, &p); err != nil {
		return nil, err
	}
	if id := p.Derivation.Algorithm.String(); id != oidPBKDF2 {
		return nil, fmt.Errorf("derivation %s, %w", id, errEncryption)
	}
	var d pbkdf2Parameters
	if err := unmarshal(p.Derivation.Parameters.FullBytes, &d); err != nil {
		return nil, err
	}
	if err := checkIterations(d.Iterations); err != nil {
		return nil, err
	}
	newHash, ok := pbkdf2Hashes[d.Hash.Algorithm.String()]
	block, known := pbes2Ciphers[p.Encryption.Algorithm.String()]
	if !ok || !known {
		return nil, fmt.Errorf("hash %s with cipher %s, %w", d.Hash.Algorithm, p.Encryption.Algorithm, errEncryption)
	}
	var iv []byte
	if err := unmarshal(p.Encryption.Parameters.FullBytes, &iv); err != nil {
		return nil, err
	}
	key, err := pbkdf2.Key(newHash, password, d.Salt, d.Iterations, block.keyBytes)
	if err != nil {
		return nil, err
	}
	b, err := block.make(key)
	if err != nil {
		return nil, err
	}
	return cbc(b, iv), nil
}

// pbkdf2Hashes: the empty name is that of a hash that is left out.
var pbkdf2Hashes = map[string]func() hash.Hash{
	"":                    sha1.New,
	"1.2.840.113549.2.7":  sha1.New,
	"1.2.840.113549.2.9":  sha256.New,
	"1.2.840.113549.2.10": sha512.New384,
	"1.2.840.113549.2.11": sha512.New,
}

var pbes2Ciphers = map[string]struct {
	keyBytes int
	make     func([]byte) (cipher.Block, error)
}{
	"2.16.840.1.101.3.4.1.2":  {16, aes.NewCipher},
	"2.16.840.1.101.3.4.1.22": {24, aes.NewCipher},
	"2.16.840.1.101.3.4.1.42": {32, aes.NewCipher},
	"1.2.840.113549.3.7":      {24, des.NewTripleDESCipher},
}

func pkcs12(id string, parameters []byte, password string) (decrypter, error) {
	var p pkcs12Parameters
	if err := unmarshal(parameters, &p); err != nil {
		return nil, err
	}
	if err := checkIterations(p.Iterations); err != nil {
		return nil, err
	}
	if id == oidSHA1RC4128 {
		c, err := rc4.NewCipher(pkcs12Key(forKey, password, p, 16))
		return func(data []byte) ([]byte, error) {
			plain := make([]byte, len(data))
			c.XORKeyStream(plain, data)
			return plain, nil
		}, err
	}
	b, err := des.NewTripleDESCipher(pkcs12Key(forKey, password, p, 24))
	if err != nil {
		return nil, err
	}
	return cbc(b, pkcs12Key(forVector, password, p, des.BlockSize)), nil
}

// What PKCS#12 derives bytes for.
const (
	forKey    = 1
	forVector = 2
)

// pkcs12Key derives at most 40 bytes with SHA-1. RFC 7292, B.2.
func pkcs12Key(purpose byte, password string, p pkcs12Parameters, size int) []byte {
	const v = sha1.BlockSize
	var wide []byte // UTF-16, and a zero at the end
	for _, u := range utf16.Encode([]rune(password)) {
		wide = append(wide, byte(u>>8), byte(u))
	}
	wide = append(wide, 0, 0)
	diversifier := repeated([]byte{purpose}, v)
	input := append(repeated(p.Salt, (len(p.Salt)+v-1)/v*v), repeated(wide, (len(wide)+v-1)/v*v)...)
	var key []byte
	for len(key) < size {
		a := sha1.Sum(append(diversifier[:v:v], input...))
		for range p.Iterations - 1 {
			a = sha1.Sum(a[:])
		}
		key = append(key, a[:]...)
		b := repeated(a[:], v)
		for i := 0; i < len(input); i += v {
			carry := 1
			for j := v - 1; j >= 0; j-- {
				carry += int(input[i+j]) + int(b[j])
				input[i+j] = byte(carry)
				carry >>= 8
			}
		}
	}
	return key[:size]
}

// repeated is b again and again until there are n bytes.
func repeated(b []byte, n int) []byte {
	all := make([]byte, 0, n)
	for len(b) > 0 && len(all) < n {
		all = append(all, b[:min(len(b), n-len(all))]...)
	}
	return all
}

// cbc decrypts and takes the padding of PKCS#7 off.
func cbc(b cipher.Block, iv []byte) decrypter {
	return func(data []byte) ([]byte, error) {
		size := b.BlockSize()
		if len(iv) != size || len(data) == 0 || len(data)%size != 0 {
			return nil, fmt.Errorf("%d bytes and a vector of %d do not fit blocks of %d", len(data), len(iv), size)
		}
		plain := make([]byte, len(data))
		cipher.NewCBCDecrypter(b, iv).CryptBlocks(plain, data)
		pad := int(plain[len(plain)-1])
		if pad < 1 || pad > size {
			return nil, errPassword
		}
		return plain[:len(plain)-pad], nil
	}
}

func checkIterations(n int) error {
	if n < 1 || n > maxIterations {
		return fmt.Errorf("%d iterations, want from 1 to %d", n, maxIterations)
	}
	return nil
}

func unmarshal(der []byte, into any) error {
	rest, err := asn1.Unmarshal(der, into)
	if err == nil && len(rest) > 0 {
		err = errors.New("bytes behind the end")
	}
	if err != nil {
		return fmt.Errorf("not an encrypted PKCS#8 key: %w", err)
	}
	return nil
}
