"""SSH by paramiko: handshake, host keys, login and channels."""
