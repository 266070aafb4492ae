from harness import IMAGE
def test_smoke(kleene, tmp_path):
    print(kleene.klee("run","-m","some:/foo/bar",IMAGE,"sh","-c","ls /foo; touch /foo/bar/x; grep foo /proc/self/mountinfo", check=None))
    print(kleene.klee("run","-m","some:/foo/bar:ro",IMAGE,"touch","/foo/bar/y", check=None))
    print(kleene.klee("run","-m","new:/etc:ro",IMAGE,"sh", "-c", "ls -la /etc; touch /etc/d", check=None))
    print(kleene.klee("run","-m","/etc/passwd:/x/y/z",IMAGE,"sh", "-c", "ls -la /x/y/z; ", check=None))
    print(kleene.klee("volume","ls", check=None))
    print(kleene.klee("isv","new", check=None))
    print(kleene.klee("volume","prune", "-f", check=None))
    print(kleene.klee("container","prune", "-f", check=None))
    print(kleene.klee("volume","prune", "-f", check=None))
    assert 0
