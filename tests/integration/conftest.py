# SPDX-License-Identifier: BSD-2-Clause
import contextlib
import os
import signal
import shutil
import tempfile

import pytest

import harness
import leaks
import recorded
import rows
import system as systems
from certificates import Certificates


def pytest_sessionstart(session):
    if session.config.option.collectonly:
        return
    if os.geteuid() != 0:
        pytest.exit("the integration tests make real containers: run them as root", 1)
    for program in (harness.KLEE, harness.KLEENED, harness.WARDEN):
        if not os.access(program, os.X_OK):
            pytest.exit(f"{program} is missing: build first, or set KLEENE_BUILD", 1)
    if not WORKER:
        recorded.begin()
        session.kleene_recorded = True
    if getattr(session.config.option, "numprocesses", None) and not SHARED:
        # pylint: disable=protected-access
        session.config._tmp_path_factory.getbasetemp()  # pytest leaves it, so it must be there
        session.kleene_host = Host()


# Others use the host meanwhile, not least the other processes of pytest-xdist's, unless it was made for
# the tests alone.
SHARED = not os.environ.get("KLEENE_TEST_OWN_HOST")
WORKER = "PYTEST_XDIST_WORKER" in os.environ


class Host:
    """
    The host before and after all tests. Each of pytest-xdist's processes looks but for what is its
    own, so the one that began them looks for all.
    """

    def __init__(self):
        self.directory = tempfile.mkdtemp(dir=leaks.TEMPORARY)
        self.system = systems.make(self.directory)
        self.session = leaks.Session(self.system, "", False)

    def left(self):
        self.system.end()
        shutil.rmtree(self.directory)
        return self.session.check()


@pytest.hookimpl(trylast=True)  # when the processes have ended
def pytest_sessionfinish(session):
    host = getattr(session, "kleene_host", None)
    left = host.left() if host else []
    if left:
        print("\nleft on the host:\n" + "\n".join(left))
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if hasattr(session, "kleene_recorded"):
        show_rows(session)


def show_rows(session):
    """The table of what is tested. After a run of all tests, no row may be without one."""
    option = session.config.option
    whole = [os.path.abspath(a) for a in session.config.args] == [os.path.dirname(__file__)]
    count, missing = rows.write()
    print(f"\nof {count} rows, {count - len(missing)} are tested: see {rows.TABLE}")
    missing = [row for row in missing if row not in systems.kind().untested]
    if whole and missing and not (option.keyword or option.markexpr or option.deselect):
        print("these are not:\n" + "\n".join(missing))
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


# a shell ignores these for what it runs in the background, and klee leaves ignored what it finds so
for number in (signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Shows the daemons' logs with a test that fails."""
    report = (yield).get_result()
    if report.failed:
        module = item.getparent(pytest.Module)
        for kleene in [*getattr(item, "kleenes", ()), *getattr(module, "kleenes", ())]:
            report.sections.append((f"log of kleened {kleene.instance}", kleene.log()[-20000:]))


@pytest.fixture(scope="session")
def session_name():
    """Begins every name on the host: short, as interface names are made with it."""
    return f"k{os.getpid() % 0x10000:04x}"


@pytest.fixture(scope="session", autouse=True)
def system(session_name, tmp_path_factory):
    """The system; at the end, the host must be as it was before the first test."""
    tmp_path_factory.getbasetemp()
    directory = tempfile.mkdtemp(prefix=f"{session_name}-", dir=leaks.TEMPORARY)
    found = systems.make(directory)
    session = leaks.Session(found, session_name, SHARED or WORKER)
    yield found
    found.end()
    shutil.rmtree(directory)
    left = session.check()
    assert not left, "left on the host:\n" + "\n".join(left)


@contextlib.contextmanager
def kleenes(node, system, session_name):
    """Makes daemons that are not started yet; at the end they must have left nothing."""
    made = node.kleenes = []

    def make(**options):
        made.append(harness.Kleene(system, session_name, **options))
        return made[-1]

    yield make
    found = [f for kleene in made for f in kleene.end()]
    found += [f for kleene in made for f in kleene.check()]
    for kleene in made:
        kleene.remove()
    assert not found, "left behind:\n" + "\n".join(found)


@pytest.fixture
def make_kleene(request, system, session_name):
    with kleenes(request.node, system, session_name) as make:
        yield make


@pytest.fixture
def bare(make_kleene):
    """A running daemon with nothing in it."""
    made = make_kleene()
    made.start()
    return made


@pytest.fixture(scope="session")
def root_with_image(system, session_name):
    """The root of a daemon that has the image and has ended; to be copied, which is quicker."""
    kleene = harness.Kleene(system, session_name)
    kleene.start()
    kleene.import_image()
    assert kleene.end() == []
    yield kleene.root
    kleene.remove()


@pytest.fixture
def kleene(root_with_image, make_kleene):
    """A running daemon with the image."""
    made = make_kleene()
    made.system.copy_root(root_with_image, made.root)
    made.start()
    return made


@pytest.fixture
def small_root(system):
    """A value for kleene_root, with room for 40 MB. To be asked for before make_kleene."""
    with system.small_root(40) as root:
        yield root


@pytest.fixture
def small(small_root, make_kleene):
    """A daemon with little room, and the image."""
    made = make_kleene(root=small_root)
    made.start()
    made.import_image()
    return made


# ---- networks ----


@contextlib.contextmanager
def daemon_in_a_world(make, system, root_with_image=None):
    """
    A running daemon in a world of its own, with the image unless it has a root already. When all of
    its networks are removed, the host in that world must be as it was.
    """
    world = system.make_world()
    try:
        made = make()
        made.enter(world)
        if root_with_image:
            system.copy_root(root_with_image, made.root)
        before = world.state()
        made.start()
        yield made
        made.remove_networks()
        found = leaks.check_world(world, before)
        assert not found, "left in the world:\n" + "\n".join(found)
    finally:
        world.end()


# Where a world takes long to make, all tests have the same daemon in the same world.
ONE_WORLD = bool(os.environ.get("KLEENE_TEST_ONE_WORLD"))


@pytest.fixture(scope="session")
def the_networked(request, system, session_name, root_with_image):
    with kleenes(request.node, system, session_name) as make:
        with daemon_in_a_world(make, system, root_with_image) as made:
            leaks.going_on.begin(made)
            yield made
            leaks.going_on.end()


@contextlib.contextmanager
def borrowed(made):
    """What a test leaves in the daemon is removed, and nothing may be left beside it."""
    before = made.world.state()
    try:
        yield made
    finally:
        made.begin_anew()
        made.world.end_children()
    found = leaks.check_world(made.world, before)
    assert not found, "left in the world:\n" + "\n".join(found)


@pytest.fixture
def networked(request, make_kleene, system, root_with_image):
    if ONE_WORLD:
        context = borrowed(request.getfixturevalue("the_networked"))
    else:
        context = daemon_in_a_world(make_kleene, system, root_with_image)
    with context as made:
        yield made


@pytest.fixture(scope="module")
def module_networked(request, system, session_name, root_with_image):
    """The same for all tests of a module."""
    if ONE_WORLD:
        with borrowed(request.getfixturevalue("the_networked")) as made:
            yield made
        return
    with kleenes(request.node, system, session_name) as make:
        with daemon_in_a_world(make, system, root_with_image) as made:
            yield made


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return Certificates(str(tmp_path_factory.mktemp("certificates")))
