package bench

import (
	"os"
	"testing"
	"time"
)

func TestProcessCPUGrows(t *testing.T) {
	before, err := processCPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	ownBefore := ownCPU()
	for until := time.Now().Add(30 * time.Millisecond); time.Now().Before(until); {
		_ = answerTo(t, firstOpaque)
	}
	after, err := processCPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if after <= before {
		t.Errorf("schedstat: %v after %v, want more", after, before)
	}
	if own := ownCPU(); own <= ownBefore {
		t.Errorf("getrusage: %v after %v, want more", own, ownBefore)
	}
}
