"""What processes cost, by /proc: CPU time, and memory as the kernel shares it out between those who map it (PSS)."""

import os
import threading
import time

TICK = os.sysconf("SC_CLK_TCK")


def stat(pid):
    """(parent, CPU seconds of it and of the children it has waited for), None when it is gone. proc(5)."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return int(fields[1]), sum(map(int, fields[11:15])) / TICK


def tree(root):
    """A process and all that descend from it."""
    children = {}
    for name in os.listdir("/proc"):
        found = stat(name) if name.isdigit() else None
        if found:
            children.setdefault(found[0], []).append(int(name))
    pids, todo = [], [root]
    while todo:
        pid = todo.pop()
        pids.append(pid)
        todo += children.get(pid, [])
    return pids


def cpu_of(root):
    return {pid: found[1] for pid in tree(root) if (found := stat(pid))}


def memory_of(root):
    total = 0
    for pid in tree(root):
        try:
            with open(f"/proc/{pid}/smaps_rollup") as file:
                total += next(int(line.split()[1]) for line in file if line.startswith("Pss:")) * 1024
        except (OSError, StopIteration):
            pass
    return total


def machine_busy():
    """Seconds of all CPUs that were spent on anything so far."""
    with open("/proc/stat") as file:
        fields = [int(f) for f in file.readline().split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICK


class Meter:
    """CPU and memory of trees of processes between `with` and its end: `cores` and `memory` by name."""

    SAMPLE_EVERY = 1.0

    def __init__(self, roots):
        self.roots = roots
        self.memory = dict.fromkeys(roots, 0)

    def __enter__(self):
        self.over = threading.Event()
        self.sampler = threading.Thread(target=self._sample, daemon=True)
        self.begin = time.monotonic()
        self.busy = machine_busy()
        self.before = {name: cpu_of(root) for name, root in self.roots.items()}
        self.sampler.start()
        return self

    def __exit__(self, *_):
        after = {name: cpu_of(root) for name, root in self.roots.items()}
        self.busy = machine_busy() - self.busy
        self.seconds = time.monotonic() - self.begin
        self.over.set()
        self.sampler.join()
        self.cores = {}
        for name, pids in after.items():
            spent = sum(cpu - self.before[name].get(pid, 0) for pid, cpu in pids.items())
            self.cores[name] = spent / self.seconds
        self.busy /= self.seconds

    def _sample(self):
        while True:
            for name, root in self.roots.items():
                self.memory[name] = max(self.memory[name], memory_of(root))
            if self.over.wait(self.SAMPLE_EVERY):
                return
