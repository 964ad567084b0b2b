"""A simulated city: people, registers and the truth behind them. It never imports Herald's rules."""
