"""The comparison of methodwall with other proxies under one policy; see Tests/Benchmarks/compare."""
