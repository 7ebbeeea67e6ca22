"""What is kept of an answer: is it complete, what is volatile, what is secret."""
