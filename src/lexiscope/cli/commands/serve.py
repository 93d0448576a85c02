"""`lexiscope serve`: the page of a run, a model or any vectors file, in the browser."""

from __future__ import annotations

import sys
from os import PathLike
from typing import TYPE_CHECKING, Annotated

import typer

from lexiscope.cli.shared.arguments import HOST, PORT, OutputVectorsOption, PathArgument
from lexiscope.cli.shared.output import print_line, print_note

if TYPE_CHECKING:
    import socket

    from lexiscope.server.compared import ComparedModels
    from lexiscope.server.payloads.program import CommandOption


def serve(
    path: PathArgument,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where to listen; 0 for any free port.")
    ] = PORT,
    host: Annotated[str, typer.Option(help="Whom to answer; by default only this machine.")] = HOST,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open the page in the browser.")
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="A pretrained transformer, to see words in their sentences: a folder, or an id on "
            "the Hugging Face hub.",
        ),
    ] = None,
    output_vectors: OutputVectorsOption = None,
) -> None:
    """Show PATH in the browser, until Ctrl-C.

    Example: lexiscope record -o run && lexiscope serve run --open
    """
    from lexiscope.server.running import listen

    opened = listen(host, port)
    show(path, opened, host, open_browser=open_browser, model=model, output_vectors=output_vectors)


def show(
    path: str | PathLike[str],
    opened: socket.socket,
    host: str,
    *,
    open_browser: bool = False,
    model: str | None = None,
    output_vectors: str | None = None,
    compared: ComparedModels | None = None,
) -> None:
    """Serves a path on a listening socket, and says where, until it is told to stop."""
    from lexiscope.formats.registry import INDEXES
    from lexiscope.server import site
    from lexiscope.server.app import create_app
    from lexiscope.server.running import address_of, ended_by_signals, is_loopback, run

    with opened:
        app = create_app(
            path,
            host=host,
            options=trainers_options(),
            model=model,
            output_vectors=output_vectors,
            compared=compared,
        )
        address = address_of(opened)
        if compared is not None:
            address += "#/compare"
        if not app.state.site:
            print_note(f"lexiscope: {site.HOW_TO_BUILD}; until then only its data is served")
        if not is_loopback(opened):
            print_note(
                f"lexiscope: warning: with --host {host} anyone who can reach this machine can "
                "read what is served"
            )

        def announce() -> None:
            print_line(f"serving {app.state.service.subject.name} at {address} (Ctrl-C ends)")
            sys.stdout.flush()  # in a pipe the line would come when it is no longer needed
            if open_browser:
                _open(address)

        with ended_by_signals():
            run(app, opened, announce)
    INDEXES.give_up()


def trainers_options() -> list[CommandOption]:
    """The options of the commands whose program the page's code view tells."""
    from lexiscope.cli.commands.record import record
    from lexiscope.cli.commands.train import train
    from lexiscope.cli.shared.program_options import command_options

    return command_options({"record": record, "train": train})


def _open(address: str) -> None:
    import webbrowser

    if not webbrowser.open(address):
        print_note(f"lexiscope: no browser was found; open {address} yourself")
