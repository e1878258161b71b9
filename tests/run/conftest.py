import pytest

from server.nn.records import Trace
from server.nn.step import State
from server.recipe.plan import Plan
from server.run import history as module


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The iterations that are computed from here on."""
    computed: list[int] = []
    step = module.step

    def counted(plan: Plan, state: State) -> tuple[State, Trace]:
        computed.append(state.iteration)
        return step(plan, state)

    monkeypatch.setattr(module, "step", counted)
    return computed
