"""What a worker answers over HTTP: whether it lives, whether it does its part, and its figures."""

from typing import Any

from workers.metrics.exposition import CONTENT_TYPE, Exposition
from workers.stream.rounds import Rounds

UNAVAILABLE = 503


def add_pages(app: Any, rounds: Rounds, exposition: Exposition) -> None:
    """Answer `/health` (rounds go on), `/ready` (they do, over all that the group gave us), `/metrics`."""

    async def health(view: Any, _request: Any) -> Any:
        status = 200 if rounds.alive else UNAVAILABLE
        return view.json({"alive": rounds.alive, "parts": sorted(rounds.owned)}, status=status)

    async def ready(view: Any, _request: Any) -> Any:
        is_ready = rounds.alive and set(rounds.owned) <= set(rounds.parts())
        return view.json({"ready": is_ready}, status=200 if is_ready else UNAVAILABLE)

    async def metrics(view: Any, _request: Any) -> Any:
        return view.bytes(exposition.text(), headers={"Content-Type": CONTENT_TYPE})

    app.page("/health")(health)
    app.page("/ready")(ready)
    app.page("/metrics")(metrics)
