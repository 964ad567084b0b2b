"""What `herald` runs of this room: each command's options, and what it does beside a server or without one."""
