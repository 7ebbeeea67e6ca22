"""What was: configurations that the configs repos hold."""
