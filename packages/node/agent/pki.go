package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	// Of the authorities and of what they issue: a node may run for years, and nothing renews its certificates meanwhile.
	validity = 10 * 365 * 24 * time.Hour
	// A certificate that ends within this time is made anew when the node starts.
	certificateRenewal = 365 * 24 * time.Hour
)

// authority is a certificate authority whose key stands in dir as NAME.key and whose certificate as NAME.crt.
type authority struct {
	dir         string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// subject is what a certificate says of its holder; addresses and names make it a server's too.
type subject struct {
	file         string
	commonName   string
	organization string
	names        []string
	addresses    []netip.Addr
}

func loadAuthority(dir, name string) (*authority, error) {
	// Never replace an authority that is there but can't be read, or has lost its key.
	if _, err := os.Stat(filepath.Join(dir, name+".crt")); !errors.Is(err, os.ErrNotExist) {
		certificate, key, err := readPair(dir, name)
		return &authority{dir, certificate, key}, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(validity),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	certificate, err := writePair(dir, name, template, template, key, key)
	return &authority{dir, certificate, key}, err
}

// ensure leaves a valid certificate and key for the subject in the authority's folder.
func (a *authority) ensure(s subject) error {
	if current, _, err := readPair(a.dir, s.file); err == nil && a.serves(current, s) {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: s.commonName},
		NotBefore:   time.Now().Add(-time.Hour),
		NotAfter:    a.certificate.NotAfter,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		DNSNames:    s.names,
	}
	if s.organization != "" {
		template.Subject.Organization = []string{s.organization}
	}
	for _, address := range s.addresses {
		template.IPAddresses = append(template.IPAddresses, net.IP(address.AsSlice()))
	}
	if len(s.names)+len(s.addresses) > 0 {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	_, err = writePair(a.dir, s.file, template, a.certificate, key, a.key)
	return err
}

func (a *authority) serves(certificate *x509.Certificate, s subject) bool {
	return certificate.CheckSignatureFrom(a.certificate) == nil &&
		time.Until(certificate.NotAfter) > certificateRenewal &&
		certificate.Subject.CommonName == s.commonName &&
		!slices.ContainsFunc(s.names, func(name string) bool { return certificate.VerifyHostname(name) != nil }) &&
		!slices.ContainsFunc(s.addresses, func(ip netip.Addr) bool { return certificate.VerifyHostname(ip.String()) != nil })
}

func readPair(dir, name string) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	certificateBlock, err := readPEM(filepath.Join(dir, name+".crt"))
	if err != nil {
		return nil, nil, err
	}
	certificate, err := x509.ParseCertificate(certificateBlock)
	if err != nil {
		return nil, nil, err
	}
	keyBlock, err := readPEM(filepath.Join(dir, name+".key"))
	if err != nil {
		return nil, nil, err
	}
	key, err := x509.ParseECPrivateKey(keyBlock)
	return certificate, key, err
}

func readPEM(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s: not PEM", path)
	}
	return block.Bytes, nil
}

func writePair(dir, name string, template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, err
	}
	if err := writeKey(filepath.Join(dir, name+".key"), key); err != nil {
		return nil, err
	}
	// The certificate is written last: without it the pair counts as absent and is made anew.
	if err := writeFileDurably(filepath.Join(dir, name+".crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func writeKey(path string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return writeFileDurably(path, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600)
}

// ensureServiceAccountKey leaves the key pair that signs ServiceAccount tokens in sa.key and sa.pub.
func ensureServiceAccountKey(dir string) error {
	private, public := filepath.Join(dir, "sa.key"), filepath.Join(dir, "sa.pub")
	if _, err := os.Stat(public); err == nil {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	if err := writeKey(private, key); err != nil {
		return err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	return writeFileDurably(public, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o644)
}
