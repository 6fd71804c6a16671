"""Where this program's files are. Looks at no file and makes none."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ssrcred.domain.errors import ConfigInvalid

VARIABLE = "SSRCRED_HOME"
# In the name of the package, and so in the path of each file that Windows keeps for it.
STORE = "PythonSoftwareFoundation.Python."


@dataclass(frozen=True)
class Home:
    """The files `config` and `ledger`, and the folders `locks`, `vault` and `held` (credentials saved in an emergency).

    None of them need exist: each adapter makes its own, for its owner only (0700), when it first writes.
    """

    config: Path
    ledger: Path
    locks: Path
    vault: Path
    held: Path


def home(environ: Mapping[str, str]) -> Home:
    """The home that `environ` asks for: all under SSRCRED_HOME when that is set and not empty, else the platform's own.

    A `~` is expanded, because cron and unit files hand it on as it stands. Without SSRCRED_HOME platformdirs decides,
    by the process's own environment. Raises ConfigInvalid where that knows no folder.
    """
    if folder := environ.get(VARIABLE, ""):
        config = data = whole_path(folder)
    else:
        # Three times the start of an empty Python (headless.md), and not needed where SSRCRED_HOME is set.
        import platformdirs

        try:
            config = platformdirs.user_config_path("ssrcred", appauthor=False)
            data = platformdirs.user_data_path("ssrcred", appauthor=False)
        except RuntimeError:  # neither HOME nor an entry in the password file, as in some containers
            raise ConfigInvalid(
                "This account has no home folder, so ssrcred has nowhere to store its files.",
                state="Nothing was done.",
                hint=f"Set a folder for them: {VARIABLE}=/srv/ssrcred, in the environment of every run.",
            ) from None
        config, data = really(config), really(data)
    return Home(config / "config.toml", data / "ledger.sqlite", data / "locks", data / "vault", data / "held")


def really(folder: Path, real: Callable[[Path], str] = os.path.realpath) -> Path:
    """Return where a folder is for the Python of Microsoft's Store, if it has files of ours; else the folder itself.

    Windows shows that Python other files there than all other programs. Only the path of a file tells, not a folder's
    (docs.python.org/3/using/windows.html, Known issues; platformdirs, issue 90).
    """
    for name in ("config.toml", "ledger.sqlite"):
        whole = Path(real(folder / name))
        if STORE in str(whole):
            return whole.parent
    return folder


def whole_path(text: str, folder: Path | None = None) -> Path:
    """An absolute path from one that a person wrote: from `folder` on (else the working directory), `~` expanded.

    A shell leaves `--key-file=~/vault.key` as it stands, cron and unit files every `~`.
    """
    return (folder or Path()).absolute() / os.path.expanduser(text)
