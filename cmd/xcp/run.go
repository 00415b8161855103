package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"

	"github.com/xcp-dbus/xcp/internal/launcher"
)

// runToolstack is `xcp run`: the ready line goes to stdout, logs to stderr.
func runToolstack(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	opts, err := launcher.ParseOptions(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "xcp run: %v\n", err)
		return 2
	}
	log := slog.New(slog.NewTextHandler(stderr, nil)).With("room", "launcher")
	if err := launcher.Run(ctx, opts, stdout, log); err != nil {
		fmt.Fprintf(stderr, "xcp run: %v\n", err)
		return 1
	}
	return 0
}
