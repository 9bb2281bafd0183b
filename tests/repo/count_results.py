"""Adds up the results in the log of one test stage: prints `passed failed skipped`."""

import re
import sys


def count(text):
    """Knows the closing lines of ctest, node's test runner, vitest, unittest and fuzz/run."""
    passed = failed = skipped = 0
    for bad, total in re.findall(r"tests passed, (\d+) tests? failed out of (\d+)", text):
        passed += int(total) - int(bad)
        failed += int(bad)
    for word, number in re.findall(r"^(?:#|ℹ) (pass|fail|cancelled|skipped|todo) (\d+)$", text, re.M):
        n = int(number)
        if word == "pass":
            passed += n
        elif word in ("fail", "cancelled"):
            failed += n
        else:
            skipped += n
    for line in re.findall(r"^\s*Tests\s+(.*\(\d+\))\s*$", re.sub(r"\x1b\[[0-9;]*m", "", text), re.M):
        passed += sum(int(n) for n in re.findall(r"(\d+) passed", line))
        failed += sum(int(n) for n in re.findall(r"(\d+) failed", line))
        skipped += sum(int(n) for n in re.findall(r"(\d+) (?:skipped|todo)", line))
    for ran in re.findall(r"^Ran (\d+) tests? in", text, re.M):
        bad = sum(int(n) for n in re.findall(r"(?:failures|errors)=(\d+)", text))
        left = sum(int(n) for n in re.findall(r"skipped=(\d+)", text))
        passed += int(ran) - bad - left
        failed += bad
        skipped += left
    for ok, bad in re.findall(r"^fuzz: (\d+) passed, (\d+) failed$", text, re.M):
        passed += int(ok)
        failed += int(bad)
    return passed, failed, skipped


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8", errors="replace") as log:
        print(*count(log.read()))
