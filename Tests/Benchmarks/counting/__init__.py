"""What one request costs in system calls, allocations and instructions, and the bounds of it."""
