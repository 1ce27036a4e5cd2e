# SPDX-License-Identifier: Apache-2.0
"""install_test.py - a host (examples/embed.c) built against what `cmake
--install` leaves, moved to another folder first, and against what the Debian
packages hold: by find_package and by pkg-config, shared and static.

usage: install_test.py SOURCE BUILD
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE, BUILD = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
README = (SOURCE / "README.md").read_text()
EMBED = SOURCE / "examples" / "embed.c"
LIMIT = 120
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def run(*args, cwd=None, **env):
    clean = {k: v for k, v in os.environ.items()
             if k not in ("DESTDIR", "PKG_CONFIG_PATH", "CMAKE_PREFIX_PATH",
                          "LANGUAGE", "LC_ALL")}
    done = subprocess.run([str(a) for a in args], cwd=cwd, text=True,
                          env={**clean, "LANG": "C.UTF-8", **env},
                          capture_output=True, timeout=LIMIT)
    if done.returncode != 0:
        raise AssertionError(f"{args}\n{done.stdout}{done.stderr}")
    return done.stdout


def cached(name):
    text = (BUILD / "CMakeCache.txt").read_text()
    return re.search(rf"^{name}:\w+=(.*)$", text, re.M).group(1)


class Tree(unittest.TestCase):
    """One tree with a prefix; the hosts are built against it once."""

    def one(self, pattern):
        found = sorted(self.prefix.rglob(pattern))
        self.assertTrue(found, f"{pattern} is not in {self.prefix}")
        return found[0]

    def greets(self, program, **env):
        """The host founds a workspace with the installed pack."""
        with tempfile.TemporaryDirectory() as folder:
            said = run(program, self.one("fr.terrain.pack"), cwd=folder, **env)
        self.assertEqual(said, "Mme L.\n")

    def needed(self, program):
        return re.findall(r"NEEDED\s+(\S+)", run("objdump", "-p", program))

    def hold_forms(self, shared, static):
        """The shared host asks for our soname, the static one does not, and
        asks itself for the libraries we stand on."""
        soname = "libtandem.so.0.1"
        self.assertIn(soname, self.needed(shared))
        self.assertFalse([n for n in self.needed(shared) if "sodium" in n])
        self.assertNotIn(soname, self.needed(static))
        self.assertTrue([n for n in self.needed(static) if "sodium" in n])
        path = str(self.one("libtandem.so").parent)
        self.greets(shared, LD_LIBRARY_PATH=path)
        self.greets(static)

    def configure(self, out, *more, **env):
        run("cmake", "-G", cached("CMAKE_GENERATOR"), "-S",
            SOURCE / "tests" / "install" / "consumer", "-B", out,
            f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DEMBED={EMBED}",
            f"-DCMAKE_C_COMPILER={cached('CMAKE_C_COMPILER')}", *more, **env)

    def test_find_package(self):
        out = self.box / "cmake"
        self.configure(out)
        found = re.search(r"tandem_DIR:PATH=(.*)",
                          (out / "CMakeCache.txt").read_text()).group(1)
        self.assertTrue(found.startswith(str(self.prefix)), found)
        run("cmake", "--build", out)
        self.hold_forms(out / "with_tandem", out / "with_tandem_static")

    def test_pkg_config(self):
        path = {"PKG_CONFIG_PATH": str(self.one("tandem.pc").parent)}
        cc = cached("CMAKE_C_COMPILER")
        for form, ask in (("shared", ["--cflags", "--libs"]),
                          ("static", ["--static", "--cflags", "--libs"])):
            flags = run("pkg-config", *ask, "tandem", **path).split()
            self.assertIn(f"-I{self.prefix}/", "".join(
                os.path.normpath(f) + "/" for f in flags
                if f.startswith("-I")))
            if form == "static":
                flags = ["-l:libtandem.a" if f == "-ltandem" else f
                         for f in flags]
            run(cc, *STRICT, EMBED, "-o", self.box / form, *flags)
        self.hold_forms(self.box / "shared", self.box / "static")
        version = run("pkg-config", "--modversion", "tandem", **path).strip()
        command = run(self.one("bin/tandem"), "--version").strip()
        self.assertEqual(command, f"tandem {version}")

    def test_the_command_speaks_both_languages(self):
        command = self.one("bin/tandem")
        self.assertIn("With every command", run(command, "--help"))
        self.assertIn("Avec chaque commande",
                      run(command, "--help", LANG="fr_FR.UTF-8"))

    def test_the_manual_is_of_both_languages(self):
        man = self.prefix / "share" / "man"
        self.assertIn(".SH COMMANDS\n",
                      (man / "man1" / "tandem.1").read_text())
        self.assertIn(".SH COMMANDES\n",
                      (man / "fr" / "man1" / "tandem.1").read_text())

    def test_a_pack_lies_beside_what_it_was_built_from(self):
        """So that somebody may write the next one; the lists likewise."""
        for name, of in (("fr.terrain", ""), ("fr.immersion", ""),
                         ("fr.terrain.ready", "ready/")):
            self.assertEqual(
                self.one(f"{name}.json").read_bytes(),
                (SOURCE / "packs" / of / f"{name}.json").read_bytes())

    def test_nothing_names_where_it_was_built(self):
        for path in self.prefix.rglob("*"):
            if path.suffix in (".cmake", ".pc"):
                text = path.read_text()
                self.assertNotIn(str(SOURCE), text, path)
                self.assertNotIn(str(BUILD), text, path)


class Installed(Tree):
    """`cmake --install` into a folder, which is then moved."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.box = pathlib.Path(cls.folder.name)
        run("cmake", "--install", BUILD, "--prefix", cls.box / "first")
        cls.prefix = cls.box / "moved"
        shutil.move(cls.box / "first", cls.prefix)

    def test_the_readmes_lines_run_as_they_stand(self):
        """In a folder that looks like a clone that was built."""
        clone = self.box / "clone"
        (clone / "build").mkdir(parents=True)
        for link, to in (("include", SOURCE / "include"),
                         ("examples", SOURCE / "examples"),
                         ("build/release", BUILD)):
            (clone / link).symlink_to(to)
        part = README.split("## Embedding\n")[1].split("\n## ")[0]
        blocks = re.findall(r"```sh\n(.*?)```", part, re.S)
        self.assertEqual(len(blocks), 3)
        lines = "".join(blocks)
        self.assertIn("~/.local/lib/pkgconfig", lines)
        of_debian = self.one("tandem.pc").parent.relative_to(self.prefix)
        lines = lines.replace("~/.local/lib/pkgconfig",
                              f"~/.local/{of_debian}")
        said = run("bash", "-euc", lines, cwd=clone,
                   HOME=str(self.box / "home"))
        self.assertIn("Mme L.\n", said)
        self.greets(clone / "build" / "host")

    def test_only_the_static_form_asks_for_what_it_stands_on(self):
        bare = {"PKG_CONFIG_LIBDIR": "/nonexistent"}
        self.configure(self.box / "bare", "-DFORMS=shared", **bare)
        with self.assertRaisesRegex(AssertionError, "libsodium"):
            self.configure(self.box / "lacking", **bare)

    def test_the_links_of_the_library(self):
        link = self.one("libtandem.so")
        self.assertEqual(os.readlink(link), "libtandem.so.0.1")
        self.assertEqual(os.readlink(link.parent / "libtandem.so.0.1"),
                         "libtandem.so.0.1.0")

    def test_every_public_header_is_there(self):
        names = {p.name for p in (self.prefix / "include").rglob("*.h")}
        self.assertEqual(names, {p.name for p in
                                 (SOURCE / "include" / "tandem").glob("*.h")})


class Packed(Tree):
    """The Debian packages, unpacked into one folder."""
    NAMES = ("libtandem0.1", "libtandem-dev", "tandem")

    @classmethod
    def setUpClass(cls):
        missing = [t for t in ("dpkg-deb", "dpkg-shlibdeps", "file")
                   if shutil.which(t) is None]
        if missing:
            raise RuntimeError(f"no {', '.join(missing)}: ./dev deps")
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.box = pathlib.Path(cls.folder.name)
        run("cpack", "--config", BUILD / "CPackConfig.cmake", "-G", "DEB",
            "-B", cls.box / "debs")
        cls.debs = {p.name.split("_")[0]: p
                    for p in (cls.box / "debs").glob("*.deb")}
        for deb in cls.debs.values():
            run("dpkg-deb", "-x", deb, cls.box / "root")
        cls.prefix = cls.box / "root" / "usr"

    def field(self, package, name):
        return run("dpkg-deb", "-f", self.debs[package], name).strip()

    def contents(self, package):
        lines = run("dpkg-deb", "--contents", self.debs[package]).splitlines()
        for line in lines:
            self.assertRegex(line, r"^[-dl]r[w-][x-]r-[x-]r-[x-] root/root|"
                             r"^lrwxrwxrwx root/root")
        return "\n".join(line.split(None, 5)[5] for line in lines)

    def test_there_are_three(self):
        self.assertEqual(set(self.debs), set(self.NAMES))

    def test_each_holds_its_own(self):
        library, dev, command = map(self.contents, self.NAMES)
        self.assertRegex(library, r"(?m)/lib/[\w-]+/libtandem\.so\.0\.1\.0$")
        self.assertRegex(library, r"libtandem\.so\.0\.1 -> ")
        self.assertNotRegex(library, r"(?m)libtandem\.(a|so)$|include|bin/")
        self.assertRegex(dev, r"(?m)/libtandem\.a$")
        self.assertRegex(dev, r"/libtandem\.so -> ")
        for part in ("include/tandem/tandem.h", "pkgconfig/tandem.pc",
                     "cmake/tandem/tandemConfig.cmake"):
            self.assertIn(part, dev)
        for part in ("/usr/bin/tandem", "share/tandem/packs/fr.terrain.pack",
                     "share/tandem/packs/fr.immersion.pack",
                     "share/tandem/packs/fr.terrain.ready.json",
                     "share/locale/fr/LC_MESSAGES/tandem.mo",
                     "share/man/man1/tandem.1",
                     "share/man/fr/man1/tandem.1",
                     "share/bash-completion/completions/tandem",
                     "share/zsh/vendor-completions/_tandem",
                     "share/fish/vendor_completions.d/tandem.fish"):
            self.assertIn(part, command)
        for package, text in zip(self.NAMES, (library, dev, command)):
            self.assertIn(f"/usr/share/doc/{package}/copyright", text)

    def test_each_says_what_it_needs(self):
        for package in ("libtandem0.1", "tandem"):
            needs = self.field(package, "Depends")
            for part in ("libc6 (", "libsodium23", "liblmdb0", "libzmq5"):
                self.assertIn(part, needs, package)
        needs = self.field("libtandem-dev", "Depends")
        self.assertIn("libtandem0.1 (= 0.1.0)", needs)
        self.assertIn("libsodium-dev", needs)

    def test_what_links_the_library_will_depend_on_its_package(self):
        run("dpkg-deb", "-e", self.debs["libtandem0.1"], self.box / "control")
        self.assertEqual((self.box / "control" / "shlibs").read_text().strip(),
                         "libtandem 0.1 libtandem0.1 (>= 0.1.0)")
        self.assertIn("ldconfig",
                      (self.box / "control" / "postinst").read_text())

    def test_each_says_what_it_is(self):
        for package, section in zip(self.NAMES, ("libs", "libdevel",
                                                 "utils")):
            self.assertEqual(self.field(package, "Section"), section)
            self.assertIn("Tandem developers",
                          self.field(package, "Maintainer"))
            lines = self.field(package, "Description").splitlines()
            self.assertLess(len(lines[0]), 80)
            self.assertGreater(len(lines), 2)
            for line in lines[1:]:
                self.assertRegex(line, r"^ \S")


del Tree  # not a test by itself
if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
