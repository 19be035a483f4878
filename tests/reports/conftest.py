import pytest

from classicxm.reports.comparison_tables import summarise
from tests.reports.comparisons import small_comparison


@pytest.fixture(scope="session")
def compared():
    """A small comparison and its summary."""
    comparison = small_comparison()
    return comparison, summarise(comparison)
