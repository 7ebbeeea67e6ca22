"""The edges towards a device: bytes out, bytes in, every wait bounded, every error one of ours."""
