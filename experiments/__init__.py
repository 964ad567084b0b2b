"""The simulated city, runs on real data, the demo, backtests and benchmarks. Nothing imports this package."""
