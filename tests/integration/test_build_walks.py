# SPDX-License-Identifier: BSD-2-Clause
"""Whole walks with a real system: Debian as fetch-auto makes it, and servers from its packages."""

import pytest

import conftest
import packages
from building import Context, image, snapshots
from harness import PATIENCE, wait_until

DEBIAN = "debian"
INSTALLING = 10 * PATIENCE
PAGE = "<title>a page of our own</title>\n"
# what both walks begin with: the second of them has it from the cache
BEGINNING = (
    f"FROM {DEBIAN}", "COPY apt.conf /walk/", "RUN APT_CONFIG=/walk/apt.conf apt-get -q update",
)
INSTALL = (
    "RUN DEBIAN_FRONTEND=noninteractive APT_CONFIG=/walk/apt.conf "
    "apt-get -q install -y --no-install-recommends"
)
START, STOP = (f"service postgresql {what} > /dev/null" for what in ("start", "stop"))
# the host's network may have a server already; waiting for the disk is nothing to look at here
CONFIGURE = "pg_conftool set listen_addresses '' && pg_conftool set fsync off"
PSQL = "su postgres -c 'psql -q -At -v ON_ERROR_STOP=1 {} walk'"


def psql(statement):
    return PSQL.format(f'-c "{statement}"')


@pytest.fixture(scope="module")
def module_debian(request, system, session_name, tmp_path_factory):
    """A daemon with a Debian image. It is on the host's own network, as the archive is."""
    reason = packages.why_unreachable(str(tmp_path_factory.mktemp("archive")))
    if reason:
        pytest.skip(f"no archive of Debian packages: {reason}")
    with conftest.kleenes(request.node, system, session_name) as make:
        kleene = make()
        kleene.start()
        kleene.klee("image", "create", "-t", DEBIAN, "fetch-auto", timeout=INSTALLING)
        yield kleene


@pytest.fixture
def debian(module_debian):
    """The same, running."""
    if module_debian.daemon is None:
        module_debian.start()
    return module_debian


@pytest.fixture
def context(tmp_path):
    made = Context(str(tmp_path / "context"))
    made.write("apt.conf", packages.configuration())
    return made


def build_on_host(kleene, context, tag, check=0):
    """A build whose container has the host's network."""
    options = ("-t", tag, "-l", "host", *packages.environment())
    return kleene.klee("build", *options, context.directory, check=check, timeout=INSTALLING)


def at_terminal(kleene, name, *lines):
    """What the lines print that are typed into a shell of the image."""
    child = kleene.spawn("run", "-it", "--rm", "-l", "disabled", name, "/bin/sh")
    printed = []
    for line in ("stty -echo", *lines):
        child.expect("# ")
        printed.append(child.before)
        child.sendline(line)
    child.expect("# ")
    child.sendline("exit")
    child.wait()
    return printed[2:] + [child.before]


def sql(kleene, name, query):
    """The lines that PostgreSQL answers in a container of the image."""
    command = f"{START} && {PSQL.format('-f -')} && {STOP}"
    options = ("-i", "--rm", "-l", "disabled")
    return kleene.quiet(*options, name, "/bin/sh", "-c", command, input=query).splitlines()


def test_postgresql(debian, context):
    """
    A build fails at its fifth step. What that has left can be looked at, and the next build goes on
    from the snapshot before it.
    """
    context.dockerfile(
        *BEGINNING,
        f"{INSTALL} postgresql && {CONFIGURE} && {START} && su postgres -c 'createdb walk' && "
        + psql("CREATE TABLE good AS SELECT 17 AS n"),
        f"RUN {START} && {psql('CREATE TABLE half (n int)')} && {psql('CREATE TABEL more')}",
        "RUN echo never",
    )
    result = build_on_host(debian, context, "made", check=1)
    assert "its state is kept as made:failed" in result.err
    before = snapshots(result)[-1]
    assert len(snapshots(result)) == 3 and "Step 5/6 : RUN" in result.out
    assert "TABEL" in result.err and "Step 6/6" not in result.out
    assert f"Most recent snapshot is @{before}\n" in result.out
    made = image(debian, "made:failed")
    assert [snapshot for _, snapshot in made["instructions"]][-1] == f"@{before}"
    # as the command left it, with what it had done
    _, shown, _ = at_terminal(debian, "made:failed", START, psql("\\dt"), STOP)
    assert [line.split("|")[1] for line in shown.split()] == ["good", "half"]
    statement = "CREATE TABLE more AS SELECT n + 1 AS n FROM good"
    context.dockerfile(f"FROM made:failed@{before}", f"RUN {START} && {psql(statement)}")
    build_on_host(debian, context, "made")
    query = "TABLE good; TABLE more; SELECT to_regclass('half') IS NULL"
    assert sql(debian, "made", query) == ["17", "18", "t"]


def fetch(world, url):
    """Waits until who is outside gets the page."""
    command = ("curl", "-s", "-S", url)
    wait_until(lambda: world.run("outside", *command, check=False) == PAGE, url)


def test_nginx(debian, context, system, make_kleene):
    """The second build is all in the cache; the server is seen from the outside of its host."""
    context.write("index.html", PAGE)
    context.dockerfile(
        *BEGINNING, f"{INSTALL} nginx", "COPY index.html /var/www/html/", 'CMD ["/usr/sbin/nginx", "-g", "daemon off;"]',
    )
    first = build_on_host(debian, context, "web")
    second = build_on_host(debian, context, "web")
    assert second.out.count("Using the cache") == 4 == len(snapshots(second))
    assert snapshots(first) == snapshots(second)
    debian.stop()
    make = lambda: make_kleene(root=debian.root)
    with conftest.daemon_in_a_world(make, system) as kleene:
        kleene.network("net", "--subnet", "10.1.0.0/24", "--subnet6", "fd00:1::/64")
        kleene.detached("-n", "net", "-p", "8080:80", "web")
        for address in ("192.0.2.1", "[2001:db8::1]"):
            fetch(kleene.world, f"http://{address}:8080/")
