"""A headless chromium, driven by the DevTools protocol over a pipe: one page, and all that it did that it must not."""

import base64
import fcntl
import json
import os
import subprocess
import tempfile

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars", "--mute-audio",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
         "--disable-dev-shm-usage", "--remote-debugging-pipe"]


class Browser:
    def __init__(self):
        self.profile = tempfile.TemporaryDirectory()
        theirs_in, ours_out = (self.high(fd) for fd in os.pipe())
        ours_in, theirs_out = (self.high(fd) for fd in os.pipe())

        def wire():
            os.dup2(theirs_in, 3)
            os.dup2(theirs_out, 4)

        self.process = subprocess.Popen(
            ["chromium", *FLAGS, f"--user-data-dir={self.profile.name}", "about:blank"],
            preexec_fn=wire, pass_fds=(3, 4), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self.out = ours_out
        self.read = os.fdopen(ours_in, "rb")
        self.next = 0
        self.rest = b""
        self.session = None
        self.events = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.send("Performance.enable", timeDomain="threadTicks")

    @staticmethod
    def high(fd):
        moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10)
        os.close(fd)
        return moved

    def message(self):
        while b"\0" not in self.rest:
            more = os.read(self.read.fileno(), 1 << 20)
            assert more, "the browser is gone"
            self.rest += more
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def send(self, method, **params):
        self.next += 1
        call = {"id": self.next, "method": method, "params": params}
        if self.session:
            call["sessionId"] = self.session
        text = json.dumps(call).encode() + b"\0"
        while text:
            text = text[os.write(self.out, text):]
        while True:
            message = self.message()
            if message.get("id") == self.next:
                assert "error" not in message, f"{method}: {message['error']}"
                return message["result"]
            self.events.append(message)

    def wait(self, event):
        while not any(seen.get("method") == event for seen in self.events):
            self.events.append(self.message())

    def open(self, address):
        """Loads a page, whatever was open before."""
        self.send("Page.navigate", url="about:blank")
        self.run("0")
        self.events.clear()
        self.send("Page.navigate", url=address)
        self.wait("Page.loadEventFired")

    def worked(self):
        """Seconds of a processor that the page's thread has had: waiting for others on a busy machine is none."""
        return next(m["value"] for m in self.send("Performance.getMetrics")["metrics"] if m["name"] == "TaskDuration")

    def run(self, script):
        """What a script in the page comes to; it may be a promise."""
        result = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, f"{script}: {result['exceptionDetails']}"
        return result["result"].get("value")

    def settle(self):
        """Until what was asked for is drawn."""
        self.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def key(self, key, text=None):
        code = {"Enter": 13, "Escape": 27}.get(key, ord(key[0].upper()))
        text = {"Enter": "\r", "Escape": None}.get(key, key)
        press = {"type": "keyDown", "key": key, "windowsVirtualKeyCode": code}
        if text:
            press["text"] = text
        self.send("Input.dispatchKeyEvent", **press)
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)
        self.settle()

    def click(self, selector):
        """As a mouse does: at the middle of what is there."""
        box = self.run(f"""(() => {{
            const element = document.querySelector({json.dumps(selector)});
            element.scrollIntoView({{block: 'center'}});
            const box = element.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
        }})()""")
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)
        self.settle()

    def window(self, width, height, dark=False):
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", media="", features=[scheme])
        self.settle()

    def shot(self, file):
        file.write_bytes(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))

    def print(self, file):
        pdf = base64.b64decode(self.send("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"])
        file.write_bytes(pdf)
        return pdf

    def misdeeds(self):
        """Requests to anywhere but the page's own file, errors, and what its policy forbade."""
        self.run("0")
        found = []
        for event in self.events:
            params = event.get("params", {})
            match event.get("method"):
                case "Network.requestWillBeSent":
                    address = params["request"]["url"]
                    if not address.startswith(("file:", "data:", "about:")):
                        found.append(f"asked for {address}")
                case "Runtime.exceptionThrown":
                    found.append(json.dumps(params["exceptionDetails"])[:500])
                case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning", "assert"):
                    found.append(json.dumps(params["args"])[:500])
                case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
                    found.append(json.dumps(params["entry"])[:500])
                case "Page.javascriptDialogOpening":
                    found.append("opened a dialog")
        return found

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.profile.cleanup()
