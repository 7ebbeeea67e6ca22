"""Collections by netmiko, for device types that no platform of ours describes."""
