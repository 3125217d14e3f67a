package certs

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const testPassword = "s3cret-é"

func testFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Keys that OpenSSL has encrypted, among them the one of RocketMQ's guide.
func TestEncryptedKeys(t *testing.T) {
	want, _ := pem.Decode(testFile(t, "plain.key"))
	for _, name := range []string{
		"aes-128", "aes-192-sha1", "aes-256", "aes-256-sha512", "des3", "pbe-sha1-3des", "pbe-sha1-rc4-128",
	} {
		text := testFile(t, name+".key")
		got, err := plainKey(text, testPassword)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if block, _ := pem.Decode(got); block == nil || !bytes.Equal(block.Bytes, want.Bytes) {
			t.Errorf("%s: another key than the plain one", name)
		}
		if _, err := tls.X509KeyPair(testFile(t, "server.pem"), got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := plainKey(text, "s3cret"); !errors.Is(err, errPassword) {
			t.Errorf("%s, wrong password: %v, want errPassword", name, err)
		}
		if _, err := plainKey(text, ""); !errors.Is(err, errNoPassword) {
			t.Errorf("%s, no password: %v, want errNoPassword", name, err)
		}
	}
	for _, name := range []string{"plain", "sec1"} {
		text := testFile(t, name+".key")
		if got, err := plainKey(text, ""); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s: changed or %v, want it as it is", name, err)
		}
	}
}

func TestEncryptionsThatAreNotSupported(t *testing.T) {
	for _, name := range []string{"scrypt", "pbe-md5-des", "openssl-old"} {
		_, err := plainKey(testFile(t, name+".key"), testPassword)
		if !errors.Is(err, errEncryption) || !strings.Contains(err.Error(), "openssl pkcs8 -topk8") {
			t.Errorf("%s: %v, want errEncryption with the cure", name, err)
		}
	}
}

func FuzzDecrypt(f *testing.F) {
	for _, name := range []string{"aes-256", "des3", "pbe-sha1-3des", "pbe-sha1-rc4-128", "scrypt", "pbe-md5-des"} {
		block, _ := pem.Decode(testFile(f, name+".key"))
		f.Add(block.Bytes)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		if bytes.Contains(der, []byte{0x02, 0x03}) || bytes.Contains(der, []byte{0x02, 0x04}) {
			return // integers of so many bytes: millions of iterations prove nothing
		}
		if plain, err := decrypt(der, testPassword); err == nil && len(plain) == 0 {
			t.Error("no key and no error")
		}
	})
}
