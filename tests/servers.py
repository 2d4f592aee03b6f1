"""Real triplestores on free loopback ports: Oxigraph, Apache Jena Fuseki and Eclipse RDF4J Server.

    python tests/servers.py fetch           get Fuseki, RDF4J and Jetty from Maven Central (Oxigraph comes with `.[test]`)
    python tests/servers.py start fuseki    start one, say its address, stop it at Ctrl-C

Tests and benchmarks use `start`; a server is stopped by its process id, its data are in the folder it was given.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

JARS = Path(__file__).resolve().parents[1] / "build" / "servers"
ARTIFACTS = (  # the newest that run on Java 17; RDF4J's war is on Maven Central up to 4.1.3, and wants the older Jetty
    "org.apache.jena:jena-fuseki-server:5.6.0:jar",
    "org.eclipse.rdf4j:rdf4j-http-server:4.1.3:war",
    "org.eclipse.jetty:jetty-runner:9.4.58.v20250814:jar",
)
NAMES = ("oxigraph", "fuseki", "rdf4j")

PASSWORD = "s3cret/pass-word"
"""of the user `editor`, whom the Fuseki dataset /locked wants"""

_FUSEKI = """
PREFIX :        <#>
PREFIX fuseki:  <http://jena.apache.org/fuseki#>
PREFIX tdb2:    <http://jena.apache.org/2016/tdb#>

[] a fuseki:Server ; fuseki:passwd "passwd" ; fuseki:auth "{sign_in}" .

:open a fuseki:Service ; fuseki:name "adc" ; fuseki:dataset :data ;
    fuseki:endpoint [ fuseki:operation fuseki:query ; fuseki:name "sparql" ] ;
    fuseki:endpoint [ fuseki:operation fuseki:update ; fuseki:name "update" ] ;
    fuseki:endpoint [ fuseki:operation fuseki:gsp-rw ; fuseki:name "data" ] .
:data a tdb2:DatasetTDB2 ; tdb2:location "open" .

:reading a fuseki:Service ; fuseki:name "read-only" ; fuseki:dataset :kept ;
    fuseki:endpoint [ fuseki:operation fuseki:query ; fuseki:name "sparql" ] ;
    fuseki:endpoint [ fuseki:operation fuseki:gsp-r ; fuseki:name "data" ] .
:kept a tdb2:DatasetTDB2 ; tdb2:location "kept" .

:guarded a fuseki:Service ; fuseki:name "locked" ; fuseki:dataset :secret ; fuseki:allowedUsers "editor" ;
    fuseki:endpoint [ fuseki:operation fuseki:query ; fuseki:name "sparql" ] ;
    fuseki:endpoint [ fuseki:operation fuseki:update ; fuseki:name "update" ] ;
    fuseki:endpoint [ fuseki:operation fuseki:gsp-rw ; fuseki:name "data" ] .
:secret a tdb2:DatasetTDB2 ; tdb2:location "secret" .
"""
_RDF4J = """
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix rep: <http://www.openrdf.org/config/repository#> .
@prefix sr: <http://www.openrdf.org/config/repository/sail#> .
@prefix sail: <http://www.openrdf.org/config/sail#> .
@prefix ns: <http://www.openrdf.org/config/sail/native#> .
[] a rep:Repository ; rep:repositoryID "adc" ; rdfs:label "adc" ;
    rep:repositoryImpl [ rep:repositoryType "openrdf:SailRepository" ;
        sr:sailImpl [ sail:sailType "openrdf:NativeStore" ; ns:tripleIndexes "spoc,posc,cspo" ] ] .
"""


def missing(name: str) -> str | None:
    """Return why this server can't be started here, or None."""
    if name == "oxigraph":
        return None if _oxigraph() else "the Oxigraph server is not installed: pip install '.[test]'"
    if not shutil.which("java"):
        return f"{name} needs Java"
    wanted = [_jar(artifact) for artifact in ARTIFACTS if name in artifact or (name == "rdf4j" and "jetty" in artifact)]
    if not all(path.exists() for path in wanted):
        return f"{name} is not here: python tests/servers.py fetch (needs Maven)"
    return None


def _jar(artifact: str) -> Path:
    _, name, version, packaging = artifact.split(":")
    return JARS / f"{name}-{version}.{packaging}"


def _oxigraph() -> str | None:
    beside = Path(sys.executable).parent / "oxigraph"
    return str(beside) if beside.exists() else shutil.which("oxigraph")


def fetch() -> None:
    """Get what is missing from Maven Central."""
    for artifact in ARTIFACTS:
        if not _jar(artifact).exists():
            subprocess.run(
                ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={JARS}"],
                check=True, stdin=subprocess.DEVNULL,
            )  # fmt: skip


@dataclass
class Server:
    """A server of ours; `url` is the address that `adckg load` takes."""

    name: str
    folder: Path
    sign_in: str = "basic"
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return self.root + {"oxigraph": "", "fuseki": "/adc", "rdf4j": "/repositories/adc"}[self.name]

    def start(self) -> None:
        """Start it, at the same port as before if it has run before, and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = self.port or _free_port()
        command, environment = self._command()
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log,
            )  # fmt: skip
        ready = {"oxigraph": "/", "fuseki": "/$/ping", "rdf4j": "/protocol"}[self.name]
        _wait(self.root + ready, self)
        if self.name == "rdf4j":
            self._create_repository()

    def _command(self) -> tuple[list[str], dict[str, str]]:
        if self.name == "oxigraph":
            binary = _oxigraph()
            assert binary
            return [binary, "serve", "--location", "data", "--bind", f"127.0.0.1:{self.port}"], {}
        java = ["java", "-Xmx2g", f"-Djava.io.tmpdir={self.folder}"]
        if self.name == "fuseki":
            (self.folder / "config.ttl").write_text(_FUSEKI.format(sign_in=self.sign_in))
            (self.folder / "passwd").write_text(f"editor: {PASSWORD}\n")
            for dataset in ("open", "kept", "secret"):
                (self.folder / dataset).mkdir(exist_ok=True)
            options = ["--config=config.ttl", f"--port={self.port}", "--localhost", "--ping"]
            return [*java, "-jar", str(_jar(ARTIFACTS[0])), *options], {"FUSEKI_BASE": str(self.folder / "base")}
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--path", "/", str(_jar(ARTIFACTS[1]))]
        java.append(f"-Dorg.eclipse.rdf4j.appdata.basedir={self.folder / 'data'}")
        return [*java, "-jar", str(_jar(ARTIFACTS[2])), *options], {}

    def _create_repository(self) -> None:
        request = urllib.request.Request(
            self.url, _RDF4J.encode(), {"Content-Type": "text/turtle"}, method="PUT"
        )  # fmt: skip
        with contextlib.suppress(urllib.error.HTTPError):  # 409: it is there since the server ran before
            urllib.request.urlopen(request, timeout=30).close()

    def kill(self) -> None:
        """End it at once, as a crash does."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, server: Server, seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if server.process is None or server.process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    log = (server.folder / "log").read_text(errors="replace")[-2000:]
    server.kill()
    raise RuntimeError(f"{server.name} did not start:\n{log}")


@contextmanager
def start(name: str, folder: Path, *, sign_in: str = "basic") -> Iterator[Server]:
    """Give a running server, whose data are in `folder`; it is stopped at the end."""
    server = Server(name, folder, sign_in)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def main(arguments: list[str]) -> None:
    """Fetch the servers, or start one until Ctrl-C."""
    if arguments == ["fetch"]:
        fetch()
    elif arguments[:1] == ["start"] and arguments[1:] and arguments[1] in NAMES:
        with tempfile.TemporaryDirectory() as folder, start(arguments[1], Path(folder)) as server:
            sys.stdout.write(f"{server.url}\n")
            sys.stdout.flush()
            with contextlib.suppress(KeyboardInterrupt):
                time.sleep(1e9)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
