# SPDX-License-Identifier: Apache-2.0
"""examples.py - build artefacts of examples/ run as a host would run them.

usage: examples.py SOURCE BUILD
"""
import pathlib
import subprocess
import sys
import tempfile

EXPECT = {"embed": "Mme L.\n"}


def main():
    build = pathlib.Path(sys.argv[2])
    source = pathlib.Path(sys.argv[1])
    pack = build / "packs" / "fr.terrain.pack"
    failed = ran = 0
    for path in sorted((source / "examples").glob("*.c")):
        name = path.stem
        with tempfile.TemporaryDirectory() as folder:
            run = subprocess.run([str(build / "examples" / f"example_{name}"),
                                  str(pack)], cwd=folder, text=True,
                                 capture_output=True, timeout=120)
        ran += 1
        wanted = EXPECT.get(name)
        if run.returncode != 0 or (wanted and run.stdout != wanted):
            failed += 1
            print(f"{name}: status {run.returncode}\n{run.stdout}{run.stderr}")
        else:
            print(f"{name}: {run.stdout.strip().splitlines()[-1]}")
    print(f"{ran} examples, {failed} failed")
    sys.exit(1 if failed or ran == 0 else 0)


main()
