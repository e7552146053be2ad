"""Which address the vendors' host names lead to. Every other host name leads nowhere, so that nothing leaves the machine."""
import os
import socket

HOSTS = [
    "admin.googleapis.com",
    "cloudidentity.googleapis.com",
    "gmail.googleapis.com",
    "oauth2.googleapis.com",
    "www.googleapis.com",
    "api.github.com",
    "graph.microsoft.com",
    "login.microsoftonline.com",
    "outlook.office365.com",
]

# What every vendor's name leads to. Some clients connect to the port they asked for, others to what the look-up gave,
# others again to the name; with an address of its own the stand-in is recognised in all three cases.
NOWHERE_ELSE = "127.0.0.2"

look_up, connect = socket.getaddrinfo, socket.socket.connect


def look_up_stand_in(host, port, *args, **kwargs):
    name = host.decode() if isinstance(host, bytes) else host
    if name not in (*HOSTS, NOWHERE_ELSE):
        raise socket.gaierror(socket.EAI_NONAME, f"{name} is not among the hosts that this test may reach")
    return look_up(NOWHERE_ELSE, port, *args, **kwargs)


def connect_to_stand_in(self, address):
    if isinstance(address, tuple) and address[0] in (*HOSTS, NOWHERE_ELSE):
        address = "127.0.0.1", int(os.environ["TRIPOD_SANDBOX_PORT"])
    return connect(self, address)


def install():
    """From here on this process reaches the stand-in under the vendors' names."""
    socket.getaddrinfo = look_up_stand_in
    socket.socket.connect = connect_to_stand_in
