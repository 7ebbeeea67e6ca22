"""Results become commits and rows. This side never sees a credential."""
