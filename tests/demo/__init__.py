"""The demo company: that it is the same every time, adds up, and has every shape the catalog must know."""
