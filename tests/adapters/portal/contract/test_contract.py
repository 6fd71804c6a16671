"""Every driver keeps every promise on every portal, whoever wrote the portal's pages."""

from __future__ import annotations

import pytest

from adapters.portal.contract.check import CHECKS
from adapters.portal.contract.driver import DRIVERS, Driver, marks
from adapters.portal.contract.pretend_portal import PretendPortal
from adapters.portal.contract.style import STYLES

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # of servers whose connections are cut on purpose


EVERY = [
    pytest.param(check, style, driver, id=f"{check}-{style.style}-{driver.name}", marks=marks(driver))
    for check in CHECKS
    for style in STYLES
    for driver in DRIVERS
    if driver.runs(check, style.style)
]


@pytest.mark.parametrize(("check", "style", "driver"), EVERY)
def test_keeps_the_contract(check: str, style: type[PretendPortal], driver: Driver) -> None:
    CHECKS[check](style, driver)
