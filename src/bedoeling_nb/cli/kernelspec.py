"""The command `bedoeling kernelspec`."""

from __future__ import annotations

import typer

__all__ = ["kernelspec_app"]

kernelspec_app = typer.Typer(help="Warme kernels / warm kernels", no_args_is_help=True)


@kernelspec_app.callback()
def _group() -> None:
    """Keep `install` a word of its own while it is the only one."""


@kernelspec_app.command()
def install() -> None:
    """Meld de kernel aan bij Jupyter, in deze omgeving. / Tell Jupyter of the kernel, in this environment."""
    from bedoeling_nb.kernels import kernelspec  # noqa: PLC0415 - Jupyter takes long to import, and is not for help

    typer.echo(str(kernelspec.install()))
