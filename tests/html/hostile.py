"""An S3 server on the loopback interface that answers with all that could hurt a page: markup, ends of scripts, control
characters, text that runs the other way, values without end; and with so many members that each list is thousands of findings."""

import http.server
import threading

MARKUP = "</script><script>window.owned=1</script><img src=http://127.0.0.1:9/x onerror=window.owned=1>\"' onload=\"window.owned=1"
TERMINAL = "\x1b[2J\x1b]0;owned\x07"
UNSEEN = "\u202eevil\u2066\u200b\u2028\u2029\ufeff\U000e0041"
HUGE = "9" * 100_000


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def members(count):
    """What no other cloud has, and so many members of it."""
    yield f"<Huge>{HUGE}</Huge>"
    yield f"<Hostile>{escaped(MARKUP)}{UNSEEN}</Hostile>"
    for n in range(count):
        yield f"<Member{n}>{n}</Member{n}>"


class Hostile(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    gone = set()
    count = 0

    def answer(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        path = self.path.split("?")[0]
        if self.command == "PUT":
            self.gone.discard(path)
        if self.command == "DELETE":
            self.gone.add(path)
            return self.send(204, b"")
        if path in self.gone or path.strip("/").count("/") > 0 and self.command != "PUT":
            # control characters are no XML: this is a body that is none
            return self.send(404, f"<Error><Code>NoSuch{escaped(MARKUP)}</Code><Message>{TERMINAL}{UNSEEN}</Message></Error>".encode())
        if self.command == "GET":
            root = "ListBucketResult" if path.strip("/") else "ListAllMyBucketsResult"
            body = f"<{root}>{''.join(members(self.count))}</{root}>"
            return self.send(200, body.encode())
        self.send(200, b"")

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer

    def send(self, status, body):
        self.send_response_only(status, "<b>OK</b>")
        self.send_header("Server", MARKUP)
        self.send_header("x-amz-request-id", "<script>window.owned=1</script>")
        self.send_header("x-amz-meta-" + "a" * 60, "\u00e2\u0080\u00ae".encode("latin-1").decode("latin-1") + MARKUP)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve(count):
    """Starts it; gives its port."""
    Hostile.count = count
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]
