"""Which address the vendors' host names lead to. Every other host name leads nowhere, so that nothing leaves the machine."""
import os
import socket

HOSTS = [
    "admin.googleapis.com",
    "cloudidentity.googleapis.com",
    "gmail.googleapis.com",
    "oauth2.googleapis.com",
    "www.googleapis.com",
    "graph.microsoft.com",
    "login.microsoftonline.com",
    "outlook.office365.com",
]

real = socket.getaddrinfo


def stand_in(host, port, *args, **kwargs):
    name = host.decode() if isinstance(host, bytes) else host
    if name not in HOSTS:
        raise socket.gaierror(socket.EAI_NONAME, f"{name} is not among the hosts that this test may reach")
    return real("127.0.0.1", int(os.environ["TRIPOD_SANDBOX_PORT"]), *args, **kwargs)


def install():
    """From here on this process reaches the stand-in under the vendors' names."""
    socket.getaddrinfo = stand_in
