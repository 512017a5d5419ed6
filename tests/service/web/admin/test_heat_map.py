"""The heat map of pairwise similarities."""

from hypothesis import given
from hypothesis import strategies as st

from service.web.admin.presenters.heat_map import build_heat_map


@given(
    st.integers(1, 8).flatmap(lambda n: st.lists(st.floats(0, 1), min_size=n * n, max_size=n * n))
)
def test_every_pair_has_a_cell_in_both_directions(values):
    n = round(len(values) ** 0.5)
    similarities = [[values[min(a, b) * n + max(a, b)] for b in range(n)] for a in range(n)]

    heat_map = build_heat_map(similarities)

    order = heat_map.order
    assert sorted(order) == list(range(n))
    assert len(heat_map.cells) == n * (n - 1)
    for cell in heat_map.cells:
        assert cell.similarity == round(similarities[order[cell.row]][order[cell.column]], 3)


def test_similar_items_are_neighbours():
    near, far = 0.9, 0.1
    similarities = [[near if a % 2 == b % 2 else far for b in range(6)] for a in range(6)]

    order = build_heat_map(similarities).order

    assert [i % 2 for i in order] in ([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0])
