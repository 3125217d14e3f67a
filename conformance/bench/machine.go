//go:build conformance

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// machine is what the figures were measured on.
type machine struct {
	Kernel   string `json:"kernel"`
	CPU      string `json:"cpu"`
	Cores    int    `json:"cores"`
	MemoryMB int64  `json:"memoryMB"`
	Go       string `json:"go"`
	JVM      string `json:"jvm"`
	Gannet   string `json:"gannet"`
	Load     string `json:"load"` // load averages before the run
	binaryMB float64
}

func describe(ctx context.Context, binary string) (machine, error) {
	m := machine{
		Kernel: firstLine("/proc/sys/kernel/osrelease"), CPU: lineOf("/proc/cpuinfo", "model name"), Cores: runtime.NumCPU(),
		Go: runtime.Version(), Load: firstLine("/proc/loadavg"), JVM: "unknown",
	}
	var kb int64
	if _, err := fmt.Sscan(lineOf("/proc/meminfo", "MemTotal"), &kb); err == nil {
		m.MemoryMB = kb / 1024
	}
	out, err := exec.CommandContext(ctx, binary, "version").Output()
	if err != nil {
		return m, fmt.Errorf("%s version: %w", binary, err)
	}
	m.Gannet = strings.TrimPrefix(strings.TrimSpace(string(out)), "gannet ")
	info, err := os.Stat(binary)
	if err != nil {
		return m, err
	}
	m.binaryMB = float64(info.Size()) / 1e6
	java := "java"
	if home := os.Getenv("JAVA_HOME"); home != "" {
		java = filepath.Join(home, "bin", "java")
	}
	if out, err := exec.CommandContext(ctx, java, "-version").CombinedOutput(); err == nil {
		m.JVM, _, _ = strings.Cut(string(out), "\n")
	}
	return m, nil
}

func (m machine) String() string {
	return fmt.Sprintf("%s · %d cores, %s · %d MB · %s · %s · gannet %s · load before the run %s",
		m.Kernel, m.Cores, m.CPU, m.MemoryMB, m.Go, m.JVM, m.Gannet, m.Load)
}

func firstLine(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}

// lineOf is what stands behind the colon of the first line that begins with name.
func lineOf(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}
