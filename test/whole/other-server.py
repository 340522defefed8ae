"""A second server that speaks GitHub's documented REST routes, in another language and with nothing shared: what is mounted from it was not made for our client.

    python3 other-server.py OWNER/NAME=GITDIR ...

Serves on a free loopback port and prints its URL as the first line. It knows three routes a reader needs (trees, blobs, commits), speaks HTTP/1.0 (one request a
connection), has no ETags, no limits, no contents route, and answers everything else with 404.
"""

import base64
import json
import re
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

REPOSITORIES = dict(argument.split("=", 1) for argument in sys.argv[1:])


def git(repository, *arguments):
    return subprocess.run(
        ["git", "--git-dir", REPOSITORIES[repository], *arguments], check=True, capture_output=True
    ).stdout


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/json; charset=utf-8"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        url = urlsplit(self.path)
        match = re.match(r"/repos/([^/]+/[^/]+)/(git/trees|git/blobs|commits)/(.+)$", url.path)
        if not match or match[1] not in REPOSITORIES:
            return self.answer(404, b'{"message":"Not Found"}')
        repository, route, name = match[1], match[2], unquote(match[3])
        try:
            found = {"git/trees": self.tree, "git/blobs": self.blob, "commits": self.commit}[route]
            return found(repository, name, parse_qs(url.query))
        except subprocess.CalledProcessError:
            return self.answer(404, b'{"message":"Not Found"}')

    def tree(self, repository, name, query):
        oid = git(repository, "rev-parse", "--verify", f"{name}^0" if name == "HEAD" else name).decode().strip()
        deep = ["-r", "-t"] if "recursive" in query else []
        entries = []
        for line in git(repository, "ls-tree", "-l", "-z", *deep, oid).split(b"\0"):
            if not line:
                continue
            facts, path = line.split(b"\t", 1)
            mode, kind, sha, size = facts.decode().split()
            entry = {"path": path.decode("utf-8", "replace"), "mode": mode, "type": kind, "sha": sha}
            if kind == "blob":
                entry["size"] = int(size)
            entries.append(entry)
        self.answer(200, json.dumps({"sha": oid, "tree": entries, "truncated": False}).encode())

    def blob(self, repository, name, _):
        content = git(repository, "cat-file", "blob", name)
        if "raw" in self.headers.get("Accept", ""):
            return self.answer(200, content, "application/vnd.github.raw; charset=utf-8")
        body = {"sha": name, "size": len(content), "encoding": "base64", "content": base64.b64encode(content).decode()}
        return self.answer(200, json.dumps(body).encode())

    def commit(self, repository, name, _):
        sha, tree, date = git(repository, "log", "-1", "--format=%H %T %cI", name).decode().split()
        person = {"name": "n", "email": "e", "date": date}
        body = {"sha": sha, "commit": {"author": person, "committer": person, "message": "", "tree": {"sha": tree}}}
        self.answer(200, json.dumps(body).encode())


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
