package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/gannetmq/gannet/cmd/gannet/doctor"
)

// doctorCommand gives doctor what this package knows of the machine.
func doctorCommand() *cobra.Command {
	return doctor.Command(doctor.Machine{
		Advertise: func(configured string) (doctor.Address, error) {
			a, err := advertise(configured)
			return doctor.Address{Addr: a.addr, Reason: a.reason, Warning: a.warning}, err
		},
		MemoryLimit: func() (int64, bool) { return memoryLimit(os.ReadFile) },
	})
}
