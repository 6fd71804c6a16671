"""The portals that every driver is held to, in the order of the table in docs/explanation/portals.md."""

from __future__ import annotations

from adapters.portal.contract.framework_styles import Django, JQueryTabs, Laravel, Rails, Spring, WebForms
from adapters.portal.contract.old_styles import (
    ChooseAndGo,
    ColdFusion,
    Cut,
    Decoys,
    Entities,
    FormAttributes,
    Iframes,
    Multipart,
    OldPhp,
    OneForm,
    PagePerSchool,
    RefreshAfterLogIn,
)
from adapters.portal.contract.pretend_portal import PretendPortal
from adapters.portal.contract.unseen_styles import ButtonsLead, Columns, EditPerRow, ListThatSends, PostedBackList

STYLES: tuple[type[PretendPortal], ...] = (
    WebForms,
    Rails,
    Django,
    Laravel,
    Spring,
    ColdFusion,
    OldPhp,
    JQueryTabs,
    Iframes,
    OneForm,
    PagePerSchool,
    ChooseAndGo,
    Multipart,
    Entities,
    Cut,
    RefreshAfterLogIn,
    Decoys,
    FormAttributes,
    EditPerRow,
    Columns,
    ListThatSends,
    PostedBackList,
    ButtonsLead,
)
