"""The demo: a day at an issuer, made from a seed, played through the same doors that everybody uses."""
