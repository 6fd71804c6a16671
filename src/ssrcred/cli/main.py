"""The one place that turns what went wrong into three lines, or one JSON document, and an exit code."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import typer

from ssrcred.app.environment import Environment
from ssrcred.app.standard_streams import Run, Unwritten, told_of_bug
from ssrcred.cli.command_list import COMMANDS
from ssrcred.cli.command_tree import command_tree
from ssrcred.cli.quick_completion import ASKED, typed
from ssrcred.domain.errors import Interrupted, SsrcredError, UsageWrong, system_reason

if TYPE_CHECKING:
    from subprocess import SubprocessError

# Typer's UsageError: public only as the base of BadParameter.
USAGE: Final[type[Exception]] = typer.BadParameter.__mro__[1]

# What `status` exits with when it has no answer, as monitoring understands it.
UNKNOWN: Final = 3

# How long after a Ctrl-C that Python dropped it is pressed once more.
AGAIN_S: Final = 0.1

# What Typer says of words behind a command that takes none, before it quotes them.
TOO_MUCH: Final = "Got unexpected extra argument"
# The commands that ask for a secret: one may have been typed behind them by mistake.
ASKS: Final = frozenset({"rotate", "resume", "store", "secret", "setup", "vault", "remind"})


# linux/prctl.h; with 0 no image of memory is written, and no other program of this account may read it: prctl(2).
PR_SET_DUMPABLE: Final = 4


def program() -> int:
    """`main` as it is started in a shell: a bug, too, ends in three lines, and a closed window like Ctrl-C."""
    # What is made here is this account's alone: a folder's own mode does not hold for those above it, so one of our
    # folders could be anybody's of the group. And a library that crashes leaves no image of memory behind.
    os.umask(0o077)
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if sys.platform == "linux":
        # An image that is piped to a program has no limit: core(5), "Piping core dumps to a program".
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    for name in ("COLUMNS", "LINES", "TERMINAL_WIDTH"):
        if not os.environ.get(name, "1").lstrip("0").isdecimal():
            del os.environ[name]  # of a terminal without a size; in no columns no help is printed
    run, words = Run(Environment()), sys.argv[1:]
    sys.excepthook = lambda kind, error, trace: report_bug(error, words, run)
    sys.unraisablehook = lambda lost: _dropped(lost.exc_value, run.environment)
    for name in ("SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):  # Windows has no SIGHUP, and only Windows has SIGBREAK (Ctrl-Break)
            signal.signal(getattr(signal, name), signal.default_int_handler)
    if sys.platform == "win32":
        from ssrcred.app.console_window import answer_closed_window

        answer_closed_window()
    return _main(words, run)


def main(arguments: Sequence[str], environment: Environment | None = None) -> int:
    """Run one command line and give its exit code (design.md, *Commands*). Only a bug leaves here as an exception."""
    return _main(arguments, Run(environment or Environment()))


def _main(words: Sequence[str], run: Run) -> int:
    environment = run.environment
    for stream in (environment.stdout, environment.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a name that the encoding does not have stops nothing
    if words and words[0] in COMMANDS and environment.stderr.isatty():  # nobody else pays for the import
        from ssrcred.cli.expiry_notice import show_expiry_notice

        show_expiry_notice(words, environment.environ, environment.now(), environment.stderr)
    try:
        code = _run(words, run)
        environment.stdout.flush()  # here, where a device that is full is noticed, and not when Python ends
    except Unwritten as lost:
        return cut_short(lost, words, run)
    return code


def _run(words: Sequence[str], run: Run) -> int:
    try:
        # Not the Typer object itself: calling that puts a hook of its own in the place of ours (program).
        first = words[0] if words else ""
        if not words and ASKED in run.environment.environ:
            first = next(iter(typed(run.environment.environ)[1]), "")  # a shell asks for a value of a command
        command = command_tree(first)
        gc.enable()
        code = int(command.main(list(words), prog_name="ssrcred", obj=run, standalone_mode=False) or 0)
        run.environment.stdout.flush()  # here, where a reader that has gone is noticed, and not when Python ends
        if code != Interrupted.exit_code:
            return code
        problem: SsrcredError = _interrupted(run)  # Typer makes this code of Ctrl-C and says nothing
    except SsrcredError as error:
        problem = error
    except USAGE as error:
        problem = _usage(error, words)
        if not problem.message:
            return problem.exit_code  # nothing was said, and the help has been shown
    except (KeyboardInterrupt, typer.Abort):
        problem = _interrupted(run)
    except BrokenPipeError as gone:
        return cut_short(gone, words, run)
    except _shell_errors() as error:
        if "--install-completion" not in words:
            raise
        # Typer runs the shell whose completion it installs, and writes into its settings.
        named = error.filename if isinstance(error, OSError) else "its shell"
        reason = system_reason(error) if isinstance(error, OSError) else "it failed"
        problem = UsageWrong(
            f"The completion cannot be installed: {named}: {reason}.",
            state="Nothing else was changed.",
            hint="Name a shell that is here, bash, zsh or fish: ssrcred --install-completion bash",
        )
    return _show(problem, run, words)


def _shell_errors() -> tuple[type[OSError], type[SubprocessError]]:
    from subprocess import SubprocessError  # dear, and asked for only when something has gone wrong

    return OSError, SubprocessError


def cut_short(
    error: KeyboardInterrupt | BrokenPipeError | Unwritten, words: Sequence[str], run: Run | None = None
) -> int:
    """Say that a command was stopped, or its answer not taken; the exit code must not look like an answer."""
    run = run or Run(Environment())
    if isinstance(error, KeyboardInterrupt):
        return _show(_interrupted(run), run, words)
    if isinstance(error, Unwritten):
        run.environment.stderr.write(
            f"error: The answer could not be written to standard output: {error}. What was done before stays.\n"
        )
        return UNKNOWN if words[:1] == ["status"] else SsrcredError.exit_code
    # The reader has gone, perhaps half-way: drop what is left, or Python's own shutdown does not fail.
    for stream in (run.environment.stdout, run.environment.stderr):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return SsrcredError.exit_code


def report_bug(error: BaseException, words: Sequence[str], run: Run | None = None) -> None:
    """Say that there is a bug. Leaves with another code than Python's own 1, which monitoring takes for a warning."""
    bug = SsrcredError(
        # Its kind and its place in the code, and no value, which might be a secret.
        f"This is a bug in ssrcred: {told_of_bug(error)}.",
        state="What was done before is recorded. Credentials that were stored stay stored.",
        hint="To see the status: ssrcred status[lea]. Please report the line above to the developers of ssrcred.",
    )
    try:
        code = _show(bug, run or Run(Environment()), words)
    except Unwritten as lost:
        code = cut_short(lost, words, run)
    if code != SsrcredError.exit_code:
        os._exit(code)


def _dropped(error: BaseException | None, environment: Environment) -> None:
    """What came where Python lets no exception out, as at the end of an object: Ctrl-C comes again, a bug is told."""
    if isinstance(error, KeyboardInterrupt):
        import _thread  # not threading, whose start waits

        def interrupt_again() -> None:
            import threading
            import time

            time.sleep(AGAIN_S)  # here the exception would be dropped once more
            if hasattr(signal, "pthread_kill"):  # it ends a wait for an answer, too; Windows only marks it for later
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            else:
                signal.raise_signal(signal.SIGINT)

        _thread.start_new_thread(interrupt_again, ())
    elif error is not None:
        with suppress(OSError, ValueError):
            environment.stderr.write(f"ssrcred went on after a bug: {told_of_bug(error)}.\n")


def _usage(error: Exception, words: Sequence[str]) -> UsageWrong:
    message = getattr(error, "format_message", error.__str__)()
    message += "" if not message or message.endswith((".", "?", "!")) else "."
    command = f"{words[0]} " if words and words[0] in COMMANDS else ""
    state = "Nothing was done."
    if message.startswith(TOO_MUCH) and words[0] in ASKS:
        message = "The command line has more words than this command takes. They are not repeated here."
        state += " If it was a password or a key: other programs can see it there, and the shell remembers it."
    return UsageWrong(message, state=state, hint=f"For usage: ssrcred {command}--help")


def _interrupted(run: Run) -> Interrupted:
    if run.environment.stderr.isatty():
        run.environment.stderr.write("\n")  # the terminal has put ^C behind what stood there
    from ssrcred.domain.event import Outcome, Step

    session = run.session
    if session is not None and session.result.stopped is not None:
        return session.result.stopped
    # Until a rotation is prepared, prepare only looks; there is nothing to resume then.
    happened = session.result.events if session is not None else []
    if session is not None and session.result.partial:
        state, hint = "What is listed above is done.", "To go on, run the same command again."
    elif all(event.step is Step.PREPARE and event.outcome is not Outcome.PREPARED for event in happened):
        state, hint = "Nothing was changed.", "Run it again."
    else:
        from ssrcred.app.session import STEPS_DONE

        state = STEPS_DONE
        hint = "To see the status: ssrcred status[lea]. To go on with a rotation: ssrcred resume[lea]."
    return Interrupted("You stopped the program.", state=state, hint=hint)


def _show(problem: SsrcredError, run: Run, words: Sequence[str]) -> int:
    """Say what went wrong as it was asked for, and give the exit code that goes with it."""
    session = run.session
    if session is not None:
        lea, sis = session.terminal.addressee
        problem.lea, problem.sis = problem.lea or lea, problem.sis or sis
    message, state, hint = problem.lines()
    if words and words[0] == "status" and "--nagios" in words:
        from ssrcred.output import nagios

        run.environment.stdout.write(f"{nagios.unknown(f'{message} {hint}')}\n")
        run.environment.stdout.flush()
        return nagios.UNKNOWN
    if "--json" in words if session is None else session.result.json:
        from ssrcred.output import document

        if session is None:
            from ssrcred.output.schema import document_name

            command, so_far = document_name(words), {}
        else:
            happened = document.events(session.result.events, finished=False) if session.result.events else {}
            command, so_far = session.result.command, dict(session.result.partial or happened)
        document.show(command, {**document.error(problem), **so_far}, run.environment.stdout)
        return problem.exit_code
    from ssrcred.output.fold import plainly_folded

    stderr = run.environment.stderr
    for line in (f"error: {message}", f"state: {state}", f"hint: {hint}"):
        stderr.write(f"{plainly_folded(line, stderr)}\n")
    return problem.exit_code
