"""Every page that is drawn, in order."""

from __future__ import annotations

from adapters.portal.pages.page_server import SettingsPage
from adapters.portal.pages.reach_plain import (
    AsksFirst,
    ButtonsAndRowForms,
    EnvironmentList,
    FramesAndTitles,
    ListWithButton,
    MenusAndTestSite,
    OnlyTheLegendTells,
    PagedSchools,
    RepeatedKey,
    ReviewPage,
    WebFormsTabs,
)
from adapters.portal.pages.reach_scripted import (
    BoxEnablesKey,
    ClosesToSave,
    DrawnLate,
    EncodesFirst,
    OpensSocket,
    RowsWithDialog,
    SavesOnBlur,
    SavesOnHiding,
    SavesOnInput,
    SavesOnLeaving,
    SavesOnPageHide,
    SavesOnUnload,
    ScriptedTabs,
    SecondPress,
    SendsTelemetry,
    ShadowFields,
)
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

REACH: tuple[type[SettingsPage], ...] = (
    MenusAndTestSite,
    ButtonsAndRowForms,
    WebFormsTabs,
    FramesAndTitles,
    ListWithButton,
    RepeatedKey,
    EnvironmentList,
    OnlyTheLegendTells,
    PagedSchools,
    AsksFirst,
    ReviewPage,
    ScriptedTabs,
    ClosesToSave,
    SavesOnLeaving,
    ShadowFields,
    DrawnLate,
    RowsWithDialog,
    OpensSocket,
    EncodesFirst,
    SecondPress,
    BoxEnablesKey,
    SavesOnInput,
    SavesOnBlur,
    SavesOnHiding,
    SavesOnPageHide,
    SavesOnUnload,
    SendsTelemetry,
)
"""Every usual kind of way, label, list of schools and save."""

PAGES = (*REFUSED, *WRONG, *REACH)
