"""A proxy on this machine that passes connections on, until they are cut."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress


class Proxy:
    """Listens on `port`, and passes each connection on to one that `connect` opens.

    `budget` is the number of bytes after which a connection is cut, 0 for no limit. It triples each
    time, so that those who try again come further.
    """

    def __init__(self, connect: Callable[[], socket.socket]) -> None:
        self.budget = 0
        self._connect = connect
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._links: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._is_cut = False
        self._lock = threading.Lock()  # a link is known before anybody waits for its end
        self._start(self._accept)

    def cut_once(self) -> None:
        """Cut every connection; new ones are passed on."""
        with self._lock:
            for link in self._links:
                _shut(link)

    def cut(self) -> None:
        """Cut every connection, without a word to either side, and take no new one."""
        with self._lock:
            self._is_cut = True
        _shut(self._listener)  # close() alone does not wake accept()
        self._listener.close()
        self.cut_once()

    def close(self) -> None:
        """Cut what there is, and wait until the threads have ended."""
        self.cut()
        for thread in self._threads:  # it may still grow by what is cut at once
            thread.join()
        for link in self._links:
            link.close()

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._links.append(near)
                try:
                    if self._is_cut:
                        raise ConnectionAbortedError
                    far = self._connect()
                except OSError:
                    _shut(near)
                    continue
                self._links.append(far)
            self._start(self._pump, near, far)
            self._start(self._pump, far, near)

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        passed = 0
        with suppress(OSError):
            while data := one.recv(65536):
                passed += len(data)
                if self.budget and passed > self.budget:
                    self.budget *= 3
                    _shut(one)
                    _shut(other)
                    return
                other.sendall(data)
        _shut(other, socket.SHUT_WR)  # what comes from the other side still passes


def _shut(link: socket.socket, how: int = socket.SHUT_RDWR) -> None:
    with suppress(OSError):
        link.shutdown(how)
