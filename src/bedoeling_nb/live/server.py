"""The server of the apps: Voila's application with our front page, login and look, and the phones' routes in it."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from math import ceil
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.identity import User
from jupyter_server.auth.login import LoginFormHandler
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado.log import access_log
from tornado.routing import PathMatches, Rule
from tornado.web import HTTPError, RequestHandler, StaticFileHandler
from traitlets.config import Config
from voila.app import Voila
from voila.tornado.handler import TornadoVoilaHandler
from voila.voila_identity_provider import VoilaIdentityProvider

from bedoeling_nb.apps import tiles
from bedoeling_nb.errors import NotFound, TooMany
from bedoeling_nb.kernels import client, kernelspec
from bedoeling_nb.kernels.ready import ReadyClient
from bedoeling_nb.live.beside import Beside
from bedoeling_nb.live.limits import Limiter
from bedoeling_nb.live.phones import Phones
from bedoeling_nb.live.process import bound, run
from bedoeling_nb.reports.invitations import invitations
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, report_runs, secrets, waves
from bedoeling_nb.texts import N_, Language, spoken, translate
from bedoeling_nb.widgets.assets import folder

__all__ = ["AppServer", "serve_apps"]

# Voila's front end needs inline scripts, eval (requirejs) and blobs (anywidget); no host but ours in any case.
CONTENT_SECURITY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline' blob:; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss: blob: data:; "
    "worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)


class Identity(VoilaIdentityProvider):  # type: ignore[misc]
    """Login with the token that is printed at start, or with the password that is kept hashed in the store."""

    store: Store

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.login_handler_class = Login
        self.tries = Limiter(0.2, 10)

    @property
    def auth_enabled(self) -> bool:
        """There is always a login."""
        return True

    def process_login_form(self, handler: JupyterHandler) -> User | None:
        """The user, if what was typed is the token or the password. Raises TooMany after many that were not."""
        typed, source = handler.get_argument("password", default="", strip=False), handler.request.remote_ip or ""
        if wait := self.tries.wait(source):
            seconds = ceil(wait) + 1
            told = N_("That was tried too often from here. Wait {seconds} seconds, and try again.")
            raise TooMany(told, retry_after=seconds, seconds=seconds)
        if (self.token and hmac.compare_digest(typed.strip(), self.token)) or secrets.check_password(self.store, typed):
            user: User = self.generate_anonymous_user(handler)
            return user
        self.tries.allow(source)
        return None


class OwnPage(JupyterHandler):
    """A page of ours beside Voila's."""

    def language(self) -> Language:
        """Dutch, unless the address asks for English."""
        return spoken(self.get_argument("language", "nl"))

    def show(self, template: str, **values: Any) -> None:
        """Render one of our templates in the reader's language."""
        language = self.language()
        page = self.settings["voila_jinja2_env"].get_template(template)
        self.finish(
            page.render(
                base_url=self.base_url,
                language=language,
                other="en" if language == "nl" else "nl",
                say=lambda msgid: translate(msgid, language),
                **values,
            )
        )


class Login(OwnPage, LoginFormHandler):
    """The login page."""

    @allow_unauthenticated
    def post(self) -> None:
        """Log in, or say that it is wrong, or how long to wait: then what was typed is not looked at."""
        try:
            super().post()  # type: ignore[no-untyped-call]
        except TooMany as error:
            self.set_status(error.status)
            self.set_header("Retry-After", str(error.retry_after))
            self._show(error.message(self.language()))

    def _render(self, message: dict[str, str] | None = None) -> None:
        self._show(translate(N_("That is not right. Try again."), self.language()) if message else "")

    def _show(self, refused: str) -> None:
        asked = self.get_argument("next", default=self.base_url)
        self.show("login.html", next=asked, refused=refused, xsrf=self.xsrf_form_html())


class Front(OwnPage):
    """The apps' front page."""

    def get(self) -> None:
        """One tile an app."""
        self.show("front.html", tiles=tiles(self.language()))


class ReportFile(JupyterHandler):
    """A file of a report that was made: its page, its PDF, or the executed notebook."""

    store: Store

    def initialize(self, store: Store) -> None:
        """With the store that says where it is."""
        self.store = store

    def get(self, run: str, suffix: str) -> None:
        """The file of this run, where it is still there."""
        made = report_runs.get(self.store, run)
        path = Path(made.path).with_suffix(f".{suffix}") if made else None
        if path is None or not path.is_file():
            raise HTTPError(404)
        types = {"html": "text/html; charset=utf-8", "pdf": "application/pdf", "ipynb": "application/x-ipynb+json"}
        self.set_header("Content-Type", types[suffix])
        self.set_header("Cache-Control", "no-store")
        if suffix == "ipynb":
            self.set_header("Content-Disposition", f'attachment; filename="{path.name}"')
        self.finish(path.read_bytes())


class WaveSheets(OwnPage):
    """The sheets of a wave, to print: of all its teams, or of the one with this code."""

    store: Store

    def initialize(self, store: Store) -> None:
        """With the store that has the waves."""
        self.store = store

    async def get(self, wave: str) -> None:
        """Made when it is asked for; a thousand codes take seconds, so beside the loop."""
        code = self.get_argument("team", None)
        try:
            found = waves.get(self.store, wave)
            page = await asyncio.to_thread(invitations, self.store, found, Settings().join_url, self.language(), code)
        except NotFound:
            raise HTTPError(404) from None
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(page)


class App(TornadoVoilaHandler):  # type: ignore[misc]
    """An app's page."""

    async def get(self, path: str | None = None) -> None:
        """With the token by which the page, when it is left, may end its kernel: else that stays for an hour."""
        _ = self.xsrf_token  # reading it sets the cookie
        await super().get(path)


class Missing(OwnPage):
    """Any other address."""

    @allow_unauthenticated
    def prepare(self) -> None:  # type: ignore[override]
        """There is nothing here; who looks needs no login to be told."""
        self.set_status(404)
        self.show("error.html", status_code=404)


class Sheet(StaticFileHandler):
    """Our style sheets: the same for everybody, and nothing else of the folder."""

    @allow_unauthenticated
    async def get(self, path: str, include_body: bool = True) -> None:
        """A style sheet."""
        await super().get(path, include_body)


class AppServer(Voila):  # type: ignore[misc]
    """Voila, serving `notebooks/apps/` with our look; one process with a login for facilitators and none for phones."""

    def __init__(self, store: Store, announce: Callable[[], None], proxies: Iterable[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.store, self.announce, self.proxies = store, announce, proxies
        self.phones: Phones | None = None

    @classmethod
    def with_options(
        cls,
        store: Store,
        *,
        host: str,
        port: int,
        base_url: str,
        token: str,
        announce: Callable[[], None],
        proxies: Iterable[str] = (),
    ) -> AppServer:
        """The server, configured but not yet listening."""
        Identity.store = store
        config = Config()
        config.Voila.identity_provider_class = Identity
        config.Voila.cookie_secret = secrets.cookie_key(store)
        config.Voila.tornado_settings = {"headers": {"Content-Security-Policy": CONTENT_SECURITY}}
        config.VoilaConfiguration.allow_template_override = "NO"
        config.VoilaConfiguration.allow_theme_override = "NO"
        config.VoilaConfiguration.show_tracebacks = False
        config.VoilaConfiguration.file_allowlist = []
        config.VoilaConfiguration.extension_allowlist = [
            "@voila-dashboards/widgets-manager8",
            "@jupyter-widgets/jupyterlab-manager",
            "anywidget",
        ]
        config.VoilaConfiguration.kernel_spec_manager_class = kernelspec.OwnKernelSpecs
        config.AsyncKernelManager.client_class = f"{ReadyClient.__module__}.{ReadyClient.__name__}"
        config.KernelManager.transport = "ipc"  # other users of this machine cannot reach the kernels
        config.MappingKernelManager.cull_idle_timeout = 3600
        config.MappingKernelManager.cull_interval = 300
        config.MappingKernelManager.cull_connected = False
        options = {"ip": host, "port": port, "base_url": base_url, "token": token}
        server: AppServer = cls.instance(store, announce, proxies, config=config, **options)  # so that Voila logs here
        server.initialize([str(folder("notebooks") / "apps"), "--no-browser"])
        server.log_level = "ERROR"
        return server

    def setup_template_dirs(self) -> None:
        """Our templates stand before those of Voila, and extend them."""
        super().setup_template_dirs()
        self.template_paths.insert(0, str(Path(__file__).parent / "templates"))

    def init_settings(self) -> dict[str, Any]:
        """Voila's, with our page for an address that is none, and a log without who asked."""
        return {**super().init_settings(), "default_handler_class": Missing, "log_function": _log}

    def init_handlers(self) -> list[Any]:
        """Our front page and the phones' routes come first."""
        self.phones = Phones(self.store, base_url=self.base_url)
        return [
            Rule(PathMatches(f"{self.phones.prefix}.*"), self.phones.application),
            (url_path_join(self.base_url, r"/bedoeling/(\w+\.css)"), Sheet, {"path": str(folder())}),
            (
                url_path_join(self.base_url, r"/bedoeling/reports/([0-9a-f-]{36})\.(html|pdf|ipynb)"),
                ReportFile,
                {"store": self.store},
            ),
            (
                url_path_join(self.base_url, r"/bedoeling/waves/([0-9a-f-]{36})\.html"),
                WaveSheets,
                {"store": self.store},
            ),
            (self.base_url, Front),
            *(
                (where, App if handler is TornadoVoilaHandler else handler, *others)
                for where, handler, *others in super().init_handlers()
            ),
        ]

    def listen(self) -> None:
        """Serve until SIGINT or SIGTERM."""
        assert self.phones is not None
        try:
            run(self.app, self.ip, self.port, self.phones, self.announce, self.proxies)
        finally:
            self.stop()


def _log(handler: RequestHandler) -> None:
    """What went wrong, without anybody's network address, and without what stands after the question mark: a token."""
    if handler.get_status() >= HTTPStatus.BAD_REQUEST:
        access_log.warning("%d %s %s", handler.get_status(), handler.request.method, handler.request.path)


def serve_apps(
    store: Store,
    *,
    host: str,
    port: int,
    base_url: str,
    token: str,
    announce: Callable[[], None],
    proxies: Iterable[str] = (),
) -> None:
    """Serve the apps, and beside them the phones on the next port, until SIGINT or SIGTERM.

    ``proxies`` are the addresses of those whose word is taken for where a request comes from.
    """
    with bound(host, port + 1):  # say now that it is taken, not from another process
        beside = Beside(host=host, port=port + 1, base_url=base_url, proxies=proxies)

    def begin() -> None:
        beside.start()
        with suppress(client.Unavailable):  # then kernels start the stock way, and the log says why
            client.warm()
        announce()

    try:
        AppServer.with_options(
            store, host=host, port=port, base_url=base_url, token=token, announce=begin, proxies=proxies
        ).start()
    finally:
        beside.stop()
