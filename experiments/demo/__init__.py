"""The whole way on one machine: tables in, a champion trained, a server started, citizens told, all of it shown."""
