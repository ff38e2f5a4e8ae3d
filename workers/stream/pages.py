"""What a worker answers over HTTP: whether it lives, and whether it does its part."""

from typing import Any

from workers.stream.rounds import Rounds

UNAVAILABLE = 503


def add_pages(app: Any, rounds: Rounds) -> None:
    """Answer `/health` (the rounds go on) and `/ready` (they do, over all that the group gave us)."""

    async def health(view: Any, _request: Any) -> Any:
        status = 200 if rounds.alive else UNAVAILABLE
        return view.json({"alive": rounds.alive, "parts": sorted(rounds.owned)}, status=status)

    async def ready(view: Any, _request: Any) -> Any:
        is_ready = rounds.alive and set(rounds.owned) <= set(rounds.parts())
        return view.json({"ready": is_ready}, status=200 if is_ready else UNAVAILABLE)

    app.page("/health")(health)
    app.page("/ready")(ready)
