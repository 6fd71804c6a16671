"""Every page that is drawn, in order."""

from __future__ import annotations

from adapters.portal.pages.page_server import SettingsPage
from adapters.portal.pages.refused import (
    GridOfSchools,
    ItemsDifferingInCase,
    LinkInsideLabel,
    OtherPasswordStars,
    SchoolsAsLinks,
    SessionSchoolChooser,
    SinglePageApplication,
    StockAdmin,
    TextUntilClicked,
)
from adapters.portal.pages.wrong import (
    AlwaysDummy,
    AlwaysUnchanged,
    ChangePasswordBox,
    ClickToEdit,
    CutsTheKey,
    EscapesTheKey,
    RenamedOnChange,
    RenamedOnFocus,
    SaysItDidNotSave,
    StripsTheKey,
)

REFUSED: tuple[type[SettingsPage], ...] = (
    GridOfSchools,
    StockAdmin,
    OtherPasswordStars,
    SchoolsAsLinks,
    SinglePageApplication,
    SessionSchoolChooser,
    ItemsDifferingInCase,
    LinkInsideLabel,
    TextUntilClicked,
)
"""Plain pages that a program may refuse or not see."""

WRONG: tuple[type[SettingsPage], ...] = (
    RenamedOnFocus,
    RenamedOnChange,
    ChangePasswordBox,
    CutsTheKey,
    StripsTheKey,
    EscapesTheKey,
    SaysItDidNotSave,
    AlwaysDummy,
    AlwaysUnchanged,
    ClickToEdit,
)
"""Pages on which a save can go wrong and look right."""

PAGES = (*REFUSED, *WRONG)
