"""Questions about speed and quality, one module a question; run as ``python -m benchmarks NAME``."""
