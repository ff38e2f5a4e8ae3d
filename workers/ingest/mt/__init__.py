"""SWIFT MT (ISO 15022): the messages of a FIN file, their blocks, and one module for each that is read."""
