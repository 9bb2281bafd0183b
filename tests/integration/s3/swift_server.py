#!/usr/bin/python3
"""OpenStack Swift (Debian's python3-swift) as one process that one signal kills whole: the proxy with its S3 API, and the
account, container and object servers behind it, each with a ring of the one device in the folder.

    swift_server.py <folder> <port> <port for TLS> < identities

The folder has cert.pem and key.pem, and keeps what is stored. The identities are one line of JSON,
[{"key": "account:user", "secret": …, "admin": true}, …]: only an admin of the account may do anything. Everything listens on
127.0.0.1; what the servers behind the proxy listen on is new with each start, so rings and configuration are written anew."""

import json
import os
import sys

import eventlet

eventlet.monkey_patch()

import eventlet.wsgi  # noqa: E402
from swift.common import storage_policy, utils  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import ConfigString, SwiftHttpProtocol, loadapp  # noqa: E402

# A loaded machine is slow; nothing here is far away.
PATIENCE = "conn_timeout = 60\nnode_timeout = 120\ncontainer_update_timeout = 60\nclient_timeout = 300\n"
FILTERS = ("catch_errors", "gatekeeper", "healthcheck", "listing_formats", "bulk", "s3api", "tempauth",
           "container_quotas", "slo", "dlo")


class Tokens:
    """Swift's own API gives tokens, and keeps them in memcached. This has them in memory, and caches nothing else."""

    def __init__(self, app):
        self.app = app
        self.values = {}

    def __call__(self, environ, start_response):
        environ["swift.cache"] = self
        return self.app(environ, start_response)

    def get(self, key, **_):
        return self.values.get(key)

    def set(self, key, value, **_):
        if "/token/" in key or "/user/" in key:
            self.values[key] = json.loads(json.dumps(value))

    def delete(self, key, **_):
        self.values.pop(key, None)


def serve(socket, app, pool):
    eventlet.wsgi.server(socket, app, log_output=False, protocol=SwiftHttpProtocol, custom_pool=pool)


def back_end(kind, folder, pool):
    socket = eventlet.listen(("127.0.0.1", 0))
    place = {"ip": "127.0.0.1", "port": socket.getsockname()[1]}
    ring = RingBuilder(4, 1, 0)  # 16 partitions, one copy, moved at any time
    ring.add_dev({"id": 0, "region": 1, "zone": 1, "device": "d1", "weight": 1.0, "meta": "", **place,
                  "replication_ip": place["ip"], "replication_port": place["port"]})
    ring.rebalance()
    ring.get_ring().save(f"{folder}/{kind}.ring.gz")
    app = loadapp(ConfigString(
        f"[DEFAULT]\nswift_dir = {folder}\ndevices = {folder}/disks\nmount_check = false\nfallocate_reserve = 0\n"
        f"disable_fallocate = true\n{PATIENCE}"
        f"[pipeline:main]\npipeline = {kind}-server\n[app:{kind}-server]\nuse = egg:swift#{kind}\n"))
    eventlet.spawn(serve, socket, app, pool)


def proxy(folder, identities):
    users = "".join(f"user_{each['key'].replace(':', '_')} = {each['secret']}{' .admin' if each['admin'] else ''}\n"
                    for each in identities)
    more = {"s3api": "location = us-east-1\n", "tempauth": users}
    filters = "".join(f"[filter:{name}]\nuse = egg:swift#{name}\n{more.get(name, '')}"
                      for name in FILTERS)
    return Tokens(loadapp(ConfigString(
        f"[DEFAULT]\nswift_dir = {folder}\n{PATIENCE}[pipeline:main]\npipeline = {' '.join(FILTERS)} proxy-server\n"
        f"[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\n{PATIENCE}{filters}")))


def main():
    folder, port, tls_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    identities = json.loads(sys.stdin.readline())
    os.makedirs(folder + "/disks/d1", exist_ok=True)
    with open(folder + "/swift.conf", "w") as out:
        out.write("[swift-hash]\nswift_hash_path_prefix = parley\nswift_hash_path_suffix = test\n"
                  "[storage-policy:0]\nname = only\ndefault = yes\n")
    utils.set_swift_dir(folder)
    storage_policy.reload_storage_policies()
    pool = eventlet.GreenPool(1000)
    for kind in ("account", "container", "object"):
        back_end(kind, folder, pool)
    app = proxy(folder, identities)
    tls = eventlet.wrap_ssl(eventlet.listen(("127.0.0.1", tls_port)), certfile=folder + "/cert.pem",
                            keyfile=folder + "/key.pem", server_side=True)
    eventlet.spawn(serve, tls, app, pool)
    serve(eventlet.listen(("127.0.0.1", port)), app, pool)


if __name__ == "__main__":
    main()
