"""The settings in config.toml, and the folders of this program's files. No secret is among them.

`load` is on the way of every command, so nothing that is dear to import is imported before it is needed.
"""

from ssrcred.adapters.config.file import (
    add_lea,
    add_leas,
    check_lea,
    config_exists,
    load,
    load_sound,
    remove_lea,
    rename_lea,
    set_remind,
    set_vault,
)
from ssrcred.adapters.config.folder import Home, home, whole_path
from ssrcred.adapters.config.schema import Config, Coordinators, Everyone, Lea, Remind, Schoolwise, Smtp, Toms

__all__ = [
    "Config",
    "Coordinators",
    "Everyone",
    "Home",
    "Lea",
    "Remind",
    "Schoolwise",
    "Smtp",
    "Toms",
    "add_lea",
    "add_leas",
    "check_lea",
    "config_exists",
    "home",
    "load",
    "load_sound",
    "remove_lea",
    "rename_lea",
    "set_remind",
    "set_vault",
    "whole_path",
]
