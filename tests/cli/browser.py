# SPDX-License-Identifier: Apache-2.0
"""browser.py - a page in headless Chromium, by its debugging pipe: what it
asked for, what it complained of, what a screen reader is told."""
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time

PROGRAM = shutil.which("chromium")
DISPENSED = PROGRAM is None and bool(os.environ.get("TANDEM_WITHOUT_BROWSER"))
LIMIT = 90  # seconds for one answer; the first waits for the start


class Browser:
    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="tandem-browser-")
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        # The debugging pipe is descriptors 3 and 4. Nothing but a page that we
        # wrote is opened, so root may do without the sandbox it cannot have.
        flags = ["--headless=new", "--remote-debugging-pipe", "--disable-gpu",
                 "--no-first-run", "--disable-extensions",
                 "--disable-component-update", "--disable-dev-shm-usage",
                 "--disable-background-networking", "--disable-sync",
                 "--force-renderer-accessibility",
                 f"--user-data-dir={self.home}"]
        if os.getuid() == 0:
            flags.append("--no-sandbox")
        self.process = subprocess.Popen(
            ["sh", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "sh",
             PROGRAM, *flags, "about:blank"],
            pass_fds=(theirs_in, theirs_out), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, env={**os.environ, "HOME": self.home})
        os.close(theirs_in)
        os.close(theirs_out)
        self.to, self.source = ours_out, ours_in
        self.taken, self.count, self.heard = b"", 0, []

    def close(self):
        try:  # its own group, made above: it and its children
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        os.close(self.to)
        os.close(self.source)
        shutil.rmtree(self.home, ignore_errors=True)

    def message(self, until):
        while b"\0" not in self.taken:
            left = max(until - time.monotonic(), 0)
            ready, _, _ = select.select([self.source], [], [], left)
            more = os.read(self.source, 1 << 16) if ready else b""
            if not more:
                raise AssertionError("the browser is silent or gone")
            self.taken += more
        line, self.taken = self.taken.split(b"\0", 1)
        return json.loads(line)

    def ask(self, method, session=None, **params):
        self.count += 1
        asked = {"id": self.count, "method": method, "params": params}
        if session:
            asked["sessionId"] = session
        os.write(self.to, json.dumps(asked).encode() + b"\0")
        until = time.monotonic() + LIMIT
        while True:
            m = self.message(until)
            if m.get("id") == self.count:
                if "error" in m:
                    raise AssertionError(f"{method}: {m['error']}")
                return m["result"]
            self.heard.append(m)

    def wait(self, method):
        until = time.monotonic() + LIMIT
        while not any(m.get("method") == method for m in self.heard):
            self.heard.append(self.message(until))

    def open(self, path):
        """Its requests, complaints and accessibility tree."""
        self.heard = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        at = self.ask("Target.attachToTarget", targetId=target,
                      flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log", "Accessibility"):
            self.ask(f"{domain}.enable", at)
        self.heard = []
        self.ask("Page.navigate", at, url=pathlib.Path(path).as_uri())
        self.wait("Page.loadEventFired")
        nodes = self.ask("Accessibility.getFullAXTree", at)["nodes"]
        text = self.ask("Runtime.evaluate", at, returnByValue=True,
                        expression="document.body.innerText")
        pdf = self.ask("Page.printToPDF", at, preferCSSPageSize=True)["data"]
        page = Seen(self.heard, nodes, text["result"]["value"], pdf)
        self.ask("Target.closeTarget", targetId=target)
        return page


class Seen:
    def __init__(self, heard, nodes, text, pdf):
        of = lambda name: [m["params"] for m in heard
                           if m.get("method") == name]
        self.requests = [p["request"]["url"]
                         for p in of("Network.requestWillBeSent")]
        self.complaints = [p["entry"]["text"] for p in of("Log.entryAdded")] + \
            [str(p["args"]) for p in of("Runtime.consoleAPICalled")] + \
            [str(p["exceptionDetails"]) for p in of("Runtime.exceptionThrown")]
        self.nodes, self.text, self.pdf = nodes, text, pdf

    def names(self, *roles):
        return [n.get("name", {}).get("value", "") for n in self.nodes
                if not n["ignored"] and n["role"]["value"] in roles]
