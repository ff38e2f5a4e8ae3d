"""Files to try Tallystick with, and the tables that the larger ones are made from."""
