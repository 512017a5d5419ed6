import pytest

from service.common import svg_geometry
from service.common.svg_geometry import BarScale


@pytest.mark.parametrize(("value", "position"), [(10, 36.0), (20, 173.0), (30, 310.0)])
def test_linear_scale_maps_the_domain_to_the_axis(value, position):
    assert svg_geometry.scale_linear(value, (10, 30), (36, 310), digits=1) == position


def test_value_of_an_empty_domain_is_in_the_middle():
    assert svg_geometry.scale_linear(5, (5, 5), (0, 100), digits=2) == 50


def test_bar_stands_on_the_baseline_with_a_proportional_height():
    scale = BarScale(max_value=8, full_height=140, baseline=150)

    box = svg_geometry.layout_bar(40.04, 12.66, 4, scale, digits=1)

    assert box == (40.0, 80.0, 12.7, 70.0)
