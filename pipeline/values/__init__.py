"""The values that travel between the rooms. None of them does any input or output."""
