"""Every driver keeps every promise on every portal, whoever wrote the portal's pages."""

from __future__ import annotations

import pytest

from portal.contract.check import CHECKS
from portal.contract.driver import Driver, every_driver
from portal.contract.pretend_portal import PretendPortal
from portal.contract.style import STYLES

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # of servers whose connections are cut on purpose


@pytest.mark.parametrize("driver", every_driver())
@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.style)
@pytest.mark.parametrize("check", CHECKS)
def test_keeps_the_contract(check: str, style: type[PretendPortal], driver: Driver) -> None:
    CHECKS[check](style, driver)
