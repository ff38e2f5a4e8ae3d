"""One trace for each input message: appended, decided, read back, signed, broadcast, final.

Its id is a function of the message's place and digest, so that two processes make the same trace and no
context stands in an event. Spans are made from records that were read back, and change nothing.
"""
