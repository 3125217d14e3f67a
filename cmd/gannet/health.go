package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// defaultAdmin is where the admin listener is: on this machine only.
const defaultAdmin = "127.0.0.1:9878"

// healthCommand asks a running process whether it is ready, for container health checks.
func healthCommand() *cobra.Command {
	var addr string
	cmd := &cobra.Command{
		Use: "health", Short: "ask the process on this machine whether it is ready", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client := http.Client{Timeout: 3 * time.Second}
			resp, err := client.Get("http://" + addr + "/readyz")
			if err != nil {
				return fmt.Errorf("no gannet answers at %s: %w", addr, err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
			if err != nil {
				return err
			}
			text := strings.TrimSpace(string(body))
			if resp.StatusCode != http.StatusOK {
				return fmt.Errorf("not ready: %s", text)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), text)
			return err
		},
	}
	cmd.Flags().StringVar(&addr, "admin", defaultAdmin, "host:port of the admin listener")
	return cmd
}
