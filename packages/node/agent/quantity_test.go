package main

import "testing"

func TestBytesOf(t *testing.T) {
	for quantity, want := range map[string]int64{
		"0": 0, "1": 1, "1024": 1024, "+5": 5, "64Mi": 64 << 20, "1Ki": 1 << 10, "2Gi": 2 << 30, "3Ti": 3 << 40, "1Pi": 1 << 50, "1Ei": 1 << 60,
		"1k": 1e3, "5M": 5e6, "1G": 1e9, "1T": 1e12, "1P": 1e15, "1E": 1e18,
		"1e9": 1e9, "1E9": 1e9, "1e+3": 1e3, "12e-1": 2, "2.5e3": 2500,
		"0.5Gi": 512 << 20, "1.5Ki": 1536, ".5k": 500, "5.": 5, "0.1": 1,
		"1n": 1, "1u": 1, "1m": 1, "1000m": 1, "1001m": 2, "128974848000m": 128974848, "0.3Ki": 308,
		"9223372036854775807": 1<<63 - 1,
	} {
		if got, err := bytesOf(quantity); err != nil || got != want {
			t.Errorf("%s: got %d, %v, want %d", quantity, got, err, want)
		}
	}
	for _, quantity := range []string{"", "Gi", ".", "-1", "1Gib", "1KI", "1K", "1ki", "1 Gi", "1e", "1e9Gi", "1_000", "0x10", "1/2", "9223372036854775808", "8Ei", "1e999", "1e9999999999"} {
		if got, err := bytesOf(quantity); err == nil {
			t.Errorf("%q: got %d, want an error", quantity, got)
		}
	}
}
