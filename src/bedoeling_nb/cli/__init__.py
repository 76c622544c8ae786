"""The command `bedoeling`."""

from __future__ import annotations

import os
import secrets as random
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

import segno
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from sqlalchemy.exc import DBAPIError

from bedoeling_nb import __version__, checked, sample
from bedoeling_nb.cli.instruments import instrument_app
from bedoeling_nb.cli.keeping import forget, retention_command, smallest_group
from bedoeling_nb.cli.kernelspec import kernelspec_app
from bedoeling_nb.cli.options import JoinUrl, Spoken, StoreUrl, warn_of_loopback
from bedoeling_nb.cli.organisation import import_units
from bedoeling_nb.cli.reports import report
from bedoeling_nb.cli.responses import import_app, scales
from bedoeling_nb.cli.schedule import schedule_app
from bedoeling_nb.cli.waves import wave_app
from bedoeling_nb.errors import BadRequest, BedoelingError, StoreError
from bedoeling_nb.instruments import find, in_language
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, instruments, retention, secrets, sessions, units
from bedoeling_nb.texts import N_

app = typer.Typer(
    help="Apps, notebooks en verslagen voor een lerende gemeenschap. / For a learning community.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
session_app = typer.Typer(help="Live sessies / live sessions", no_args_is_help=True)
app.add_typer(session_app, name="session")
app.add_typer(kernelspec_app, name="kernelspec")
app.add_typer(wave_app, name="wave")
app.add_typer(instrument_app, name="instrument")
app.add_typer(schedule_app, name="schedule")
app.add_typer(import_app, name="import")
import_app.command("units")(import_units)
app.command("report")(report)
app.command("scales")(scales)
app.command("forget")(forget)
app.command("retention")(retention_command)
app.command("smallest-group")(smallest_group)
console = Console(highlight=False)

Host = Annotated[
    str, typer.Option(help="0.0.0.0: ook voor telefoons op dezelfde wifi / also for phones on the same Wi-Fi.")
]
Port = Annotated[
    int, typer.Option(min=1, max=65535, help="Van de apps; de telefoons krijgen de poort erna. / Phones get the next.")
]
BaseUrl = Annotated[str, typer.Option(help="Achter een proxy: het pad ervoor. / Behind a proxy: the path in front.")]
TrustedProxy = Annotated[
    list[str] | None,
    typer.Option(
        help="Achter een proxy: zijn adres; mag vaker. / Behind a proxy: its address; may be repeated. 127.0.0.1",
        show_default=False,
    ),
]


def main() -> None:
    """Run the command; an error that a person can mend is a sentence, not a traceback."""
    try:
        app()
    except ValidationError as invalid:  # of the settings: everything else is checked where it is read
        _refuse(*(_of_setting(one) for one in invalid.errors()))
    except BedoelingError as error:
        _refuse(error)
    except OSError as error:
        problem = ": ".join(str(part) for part in (error.filename, error.strerror or error) if part)
        _refuse(BadRequest(N_("This file, folder or connection does not work: {problem}"), problem=problem))
    except DBAPIError as error:
        _refuse(StoreError(N_("The store is busy or cannot be reached: {problem}"), problem=error.orig))


def _of_setting(error: Any) -> BedoelingError:
    name = f"BEDOELING_{'.'.join(map(str, error['loc'])).upper()}"
    return BedoelingError("{name}: {problem}", name=name, problem=checked.told(error))


def _refuse(*problems: BedoelingError) -> NoReturn:
    console = Console(stderr=True, highlight=False)
    console.print("[bold red]Dat lukt niet.[/]")
    for one in problems:
        console.print(escape(one.message("nl")))
        console.print(escape(one.message("en")), style="dim")
    sys.exit(1)


@app.command()
def version() -> None:
    """Welke versie is dit? / Which version is this?"""
    console.print(__version__)


@app.command()
def serve(
    store: StoreUrl = None,
    host: Host = "127.0.0.1",
    port: Port = 8866,
    base_url: BaseUrl = "/",
    join_url: JoinUrl = None,
    trusted_proxy: TrustedProxy = None,
    phones: Annotated[
        bool, typer.Option("--phones", help="Alleen de telefoons, zonder apps. / Only the phones' routes.")
    ] = False,
    beside: Annotated[bool, typer.Option("--beside", hidden=True)] = False,
) -> None:
    """Start de apps, en daarnaast de pagina voor telefoons. / Start the apps, and the phones' page beside them."""
    from bedoeling_nb.live.phones import serve_phones  # noqa: PLC0415 - takes a second to import, and not for help
    from bedoeling_nb.live.proxies import addresses  # noqa: PLC0415

    proxies, opened = addresses(trusted_proxy or ()), Store.open(store)
    if phones:
        if not beside:
            console.print(f"Telefoons / phones: {_url(host, port, base_url)}s/CODE")
        serve_phones(opened, host=host, port=port, base_url=base_url, proxies=proxies, beside=beside)
        return

    from bedoeling_nb.live.process import lan_address  # noqa: PLC0415
    from bedoeling_nb.live.server import serve_apps  # noqa: PLC0415

    token = os.environ.get("BEDOELING_TOKEN") or random.token_urlsafe(18)
    address = _url(lan_address() if host == "0.0.0.0" else host, port + 1, base_url)  # noqa: S104 - asked for
    os.environ["BEDOELING_STORE"], os.environ["BEDOELING_JOIN_URL"] = opened.url, join_url or f"{address}s/"
    for name in ("reports", "schedule"):  # kernels work in the folder of their notebook
        os.environ[f"BEDOELING_{name.upper()}"] = str(getattr(Settings(), name).absolute())
    announce = partial(_announce, opened, _url(host, port, base_url), token)
    with retention.daily(opened, Settings()):
        serve_apps(opened, host=host, port=port, base_url=base_url, token=token, announce=announce, proxies=proxies)


@app.command()
def demo(host: Host = "127.0.0.1", port: Port = 8866, join_url: JoinUrl = None, store: StoreUrl = None) -> None:
    """Vul de voorbeeldgemeenschap, open een sessie en start de apps. / Sample community, an open session, the apps."""
    opened = Store.open(store)
    with console.status("Voorbeeldgemeenschap klaarzetten… / Preparing the sample community…"):
        made = sample.make(seed=7)
        sample.refuse_mixture(opened, made)
        sample.fill(opened, made)
        sample.open_demo_session(opened)
    opened.close()
    serve(store=store, host=host, port=port, join_url=join_url)


@app.command("sample")
def sample_command(
    seed: Annotated[int, typer.Option(help="Zelfde getal, zelfde gemeenschap. / Same number, same community.")] = 7,
    folder: Annotated[Path, typer.Option(help="Waar de CSV-bestanden komen. / Where the CSV files go.")] = Path(
        "data/samples"
    ),
    fill: Annotated[bool, typer.Option("--fill", help="Zet hem ook in de store. / Also put it in the store.")] = False,
    store: StoreUrl = None,
) -> None:
    """Schrijf een verzonnen gemeenschap. / Write a made-up community."""
    made = sample.make(seed=seed)
    opened = Store.open(store) if fill else None
    if opened is not None:
        sample.refuse_mixture(opened, made)
    for path in sample.write_csv(made, folder):
        console.print(path)
    if opened is not None:
        sample.fill(opened, made)


@app.command()
def password(store: StoreUrl = None) -> None:
    """Stel het wachtwoord van de begeleiders in. / Set the facilitators' password."""
    typed = typer.prompt("Wachtwoord / password", hide_input=True, confirmation_prompt=True)
    secrets.set_password(Store.open(store), typed)
    console.print("Het wachtwoord is ingesteld. / The password is set.")


@app.command("units")
def units_command(store: StoreUrl = None) -> None:
    """Laat de onderdelen van de organisatie zien. / Show the parts of the organisation."""
    table = Table("id", "onderdeel / unit", "niveau / level", "hoort bij / below", box=None)
    for unit in units.all_units(Store.open(store, make=False)):
        table.add_row(unit.id, unit.name, unit.level, unit.parent or "")
    console.print(table)


@session_app.command("start")
def session_start(
    unit: Annotated[str, typer.Option(help="bijv. / e.g. wekerom-03")],
    script: Annotated[
        str, typer.Option(help="Uit de catalogus, of een YAML-bestand. / From the catalogue, or a file.")
    ] = "resonance",
    language: Spoken = "nl",
    join_url: JoinUrl = None,
    store: StoreUrl = None,
) -> None:
    """Open een sessie. / Open a session."""
    settings = Settings()
    reached = join_url or settings.join_url
    session = sessions.create(Store.open(store), unit, find(script), language=language, k=settings.k)
    console.print(f"{session.code}  {reached}{session.code}")
    warn_of_loopback(reached)


@session_app.command("list")
def session_list(store: StoreUrl = None) -> None:
    """Laat de sessies zien die open zijn. / Show the sessions that are open."""
    for session in sessions.open_sessions(Store.open(store, make=False)):
        console.print(f"{session.code}  {session.unit}  {session.instrument}  {session.created_at:%Y-%m-%d %H:%M} UTC")


def _url(host: str, port: int, base_url: str) -> str:
    return f"http://{host}:{port}/{base_url.strip('/')}/".replace("//", "/").replace("http:/", "http://")


def _announce(store: Store, apps: str, token: str) -> None:
    """What a facilitator needs to know, with a QR code to join the session that is open."""
    console.print()
    console.print(
        Panel.fit(f"[bold]Apps[/]  {apps}?token={token}", title="Vanuit de bedoeling", subtitle="Ctrl-C stopt / stops")
    )
    for session in sessions.open_sessions(store)[:1]:
        address = f"{Settings().join_url}{session.code}"
        unit = units.get(store, session.unit)
        script = instruments.get(store, session.instrument, session.instrument_version)
        console.print(f"\nDoe mee / join: [bold]{address}[/]\n{in_language(script.title, 'nl')} · {unit.name}\n")
        segno.make(address, error="m").terminal(compact=True, border=2)
