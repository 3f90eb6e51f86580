"""What the benchmarks share: processes, loads and charts."""
