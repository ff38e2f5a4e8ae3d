"""placeholder"""


def state() -> None: ...
