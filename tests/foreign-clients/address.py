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

look_up, connect = socket.getaddrinfo, socket.socket.connect


def stand_in():
    return "127.0.0.1", int(os.environ["TRIPOD_SANDBOX_PORT"])


def look_up_stand_in(host, port, *args, **kwargs):
    name = host.decode() if isinstance(host, bytes) else host
    if name == "127.0.0.1":
        return look_up(name, port, *args, **kwargs)
    if name not in HOSTS:
        raise socket.gaierror(socket.EAI_NONAME, f"{name} is not among the hosts that this test may reach")
    return look_up(*stand_in(), *args, **kwargs)


def connect_to_stand_in(self, address):
    # httplib2 looks a name up and then connects to the name all the same.
    if isinstance(address, tuple) and address[0] in HOSTS:
        address = stand_in()
    return connect(self, address)


def install():
    """From here on this process reaches the stand-in under the vendors' names."""
    socket.getaddrinfo = look_up_stand_in
    socket.socket.connect = connect_to_stand_in
