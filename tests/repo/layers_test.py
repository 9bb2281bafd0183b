"""The module layers of layers.txt hold: no include points where it may not, and the layers have no cycle."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#include "([a-z_]+)/', re.M)
# Libraries that only named adapter files may include (design: quarantined edges).
QUARANTINE = {
    r"openssl/": r"src/(crypto|dtls|srtp|auth|api|server)/.*\.(cpp|hpp)",
    r"sqlite3\.h": r"src/store/.*\.cpp",
    r"nlohmann/": r"src/(auth|room|egress|storage|api|signalling|server|worker)/.*\.(cpp|hpp)|sdk/cpp/src/.*\.cpp",
    r"boost/": r"src/server/.*\.(cpp|hpp)|sdk/cpp/src/sdk/shell/.*",
    r"(vpx|wels|dav1d|opus)/": r"src/codec/.*\.cpp",
    r"lib(av|sw)[a-z]+/": r"src/media/ffmpeg/.*",
    r"(cairo|pango)/": r"src/media/.*\.cpp",
    r"libyuv": r"src/(codec|media)/.*\.cpp",
    r"curl/": r"src/storage/.*\.cpp",
    r"pugixml": r"src/storage/.*\.cpp",
    r"sys/socket\.h": r"src/(net|server)/.*",
}


def layers():
    table = {}
    for line in (ROOT / "layers.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, allowed = line.partition(":")
            table[name] = allowed.split()
    return table


def sources(folder):
    return [p for p in (ROOT / "src" / folder).rglob("*") if p.suffix in (".cpp", ".hpp")]


class Layers(unittest.TestCase):
    def test_every_folder_is_listed(self):
        folders = {p.name for p in (ROOT / "src").iterdir() if p.is_dir() and any(p.rglob("*.?pp"))}
        self.assertEqual(folders - set(layers()), set())

    def test_modules_include_only_what_is_listed(self):
        table = layers()
        wrong = []
        for module, allowed in table.items():
            for path in sources(module):
                for included in INCLUDE.findall(path.read_text()):
                    if included in table and included != module and included not in allowed:
                        wrong.append(f"{path.relative_to(ROOT)} includes {included}/")
        self.assertEqual(wrong, [])

    def test_layers_are_listed_bottom_up(self):
        seen = set()
        for module, allowed in layers().items():
            self.assertEqual([a for a in allowed if a not in seen], [], f"{module} lists modules that come later")
            seen.add(module)

    def test_libraries_stay_in_their_adapters(self):
        wrong = []
        for path in [*(ROOT / "src").rglob("*.?pp"), *(ROOT / "sdk/cpp/src").rglob("*.?pp")]:
            name = str(path.relative_to(ROOT))
            for library in re.findall(r"^\s*#include <([^>]+)>", path.read_text(), re.M):
                for pattern, home in QUARANTINE.items():
                    if re.match(pattern, library) and not re.fullmatch(home, name):
                        wrong.append(f"{name} includes {library}")
        self.assertEqual(wrong, [])

    def test_public_headers_carry_no_foreign_type(self):
        wrong = []
        for path in (ROOT / "sdk/cpp/include").rglob("*.hpp"):
            for library in re.findall(r'^\s*#include [<"]([^>"]+)[>"]', path.read_text(), re.M):
                if not re.fullmatch(r"[a-z_]+|parley/[a-z_]+\.hpp", library):
                    wrong.append(f"{path.relative_to(ROOT)} includes {library}")
        self.assertEqual(wrong, [])


class Size(unittest.TestCase):
    LIMIT = 600

    def test_no_source_file_is_longer_than_a_reader_can_hold(self):
        long = []
        for folder, endings in (("src", (".cpp", ".hpp")), ("sdk", (".cpp", ".hpp")), ("web", (".ts", ".tsx")), ("tests", (".ts", ".js", ".mjs", ".cpp"))):
            for path in (ROOT / folder).rglob("*"):
                if path.suffix in endings and "node_modules" not in path.parts and "gen" not in path.parts and "dist" not in path.parts:
                    lines = len(path.read_text(errors="replace").splitlines())
                    if lines > self.LIMIT:
                        long.append(f"{path.relative_to(ROOT)}: {lines} lines")
        self.assertEqual(long, [])


if __name__ == "__main__":
    unittest.main()
