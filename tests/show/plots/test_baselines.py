"""Six key figures, held to pictures.

`pytest --mpl-generate-path=tests/show/plots/baseline` draws them anew.
"""

from collections.abc import Callable

import pytest

from amyloid.show import plots

Draw = Callable[[int], plots.Panel]
held = pytest.mark.mpl_image_compare(baseline_dir="baseline", tolerance=2, savefig_kwargs={"dpi": 72})


def test_pictures_are_compared_and_not_only_drawn(request: pytest.FixtureRequest) -> None:
    assert request.config.getoption("--mpl") or request.config.getoption("--mpl-generate-path")


@held
def test_survival(figures: dict[str, Draw]) -> plots.Panel:
    return figures["survival"](43)


@held
def test_swimmer(figures: dict[str, Draw]) -> plots.Panel:
    return figures["swimmer"](43)


@held
def test_waterfall(figures: dict[str, Draw]) -> plots.Panel:
    return figures["waterfall"](43)


@held
def test_criteria_grid(figures: dict[str, Draw]) -> plots.Panel:
    return figures["criteria_grid"](43)


@held
def test_response_bars(figures: dict[str, Draw]) -> plots.Panel:
    return figures["response_bars"](43)


@held
def test_forest(figures: dict[str, Draw]) -> plots.Panel:
    return figures["forest"](43)
