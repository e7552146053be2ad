"""What the cmdlets of Exchange Online PowerShell and Microsoft Graph PowerShell send, by Microsoft's descriptions of both."""
import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
import uuid

import powershell

EXCHANGE = "https://outlook.office365.com"
GRAPH = "https://graph.microsoft.com"
# Method, path, and which parameters are not part of the body: in the path, or of the query.
GRAPH_CMDLETS = {
    "Get-MgUser": ("GET", "users/{UserId}", {"Property": "$select"}),
    "Update-MgUser": ("PATCH", "users/{UserId}", {}),
    "New-MgGroup": ("POST", "groups", {}),
    "Get-MgGroup": ("GET", "groups", {"Filter": "$filter"}),
    "Remove-MgGroup": ("DELETE", "groups/{GroupId}", {}),
    "Restore-MgDirectoryDeletedItem": ("POST", "directory/deletedItems/{DirectoryObjectId}/restore", {}),
}


class Refused(Exception):
    pass


class Shell:
    """A session of PowerShell that is signed in to one tenant."""

    def __init__(self, credentials, authority):
        self.credentials = credentials
        self.context = ssl.create_default_context(cafile=authority)
        self.tokens = {}

    def run(self, line):
        """Runs a line. Gives the rows that it would show, or the one property that it asks for."""
        read = powershell.read(line)
        if isinstance(read, powershell.ForEach):
            rows = self.cmdlet(read.first)
            return [shown for row in rows for shown in self.cmdlet(bound(read.then, row))]
        rows = self.cmdlet(read)
        if read.property is None:
            return rows
        (row,) = rows
        return row[camel(read.property)]

    def cmdlet(self, command):
        if command.name.startswith("Connect-"):
            return []
        if command.name in GRAPH_CMDLETS:
            return self.graph(command)
        if "-Mg" in command.name:
            raise powershell.NotUnderstood(command.name)
        return self.exchange(command)

    def exchange(self, command):
        tenant = self.credentials["tenant-id"]
        url = f"{EXCHANGE}/adminapi/beta/{tenant}/InvokeCommand"
        body = {"CmdletInput": {"CmdletName": command.name, "Parameters": command.parameters}}
        # One anchor for a whole session keeps it at one back-end.
        headers = {"X-AnchorMailbox": f"APP:SystemMailbox{{bb558c35-97f1-4cb9-8ff7-d53741dc928c}}@{tenant}",
                   "X-CmdletName": command.name, "Prefer": "odata.maxpagesize=1000"}
        rows = []
        while url:
            answer = self.send("POST", url, EXCHANGE, body, headers) or {}
            rows += answer.get("value") or []
            url = answer.get("@odata.nextLink")
        return rows

    def graph(self, command):
        method, path, queried = GRAPH_CMDLETS[command.name]
        rest = dict(command.parameters)
        for name in list(rest):
            if f"{{{name}}}" in path:
                path = path.replace(f"{{{name}}}", urllib.parse.quote(rest.pop(name), safe="@"))
        query = {queried[name]: rest.pop(name) for name in list(rest) if name in queried}
        url = f"{GRAPH}/v1.0/{path}" + ("?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote) if query else "")
        body = {camel(name): value for name, value in rest.items()} if method in ("POST", "PATCH") else None
        if body is None and rest:
            raise powershell.NotUnderstood(f"{command.name} with {', '.join(rest)}")
        answer = self.send(method, url, GRAPH, body or None, {})
        if answer is None:
            return []
        return answer["value"] if "value" in answer else [answer]

    def token(self, resource):
        if resource not in self.tokens:
            form = {"grant_type": "client_credentials", "client_id": self.credentials["client-id"],
                    "client_secret": self.credentials["client-secret"], "scope": f"{resource}/.default"}
            url = f"https://login.microsoftonline.com/{self.credentials['tenant-id']}/oauth2/v2.0/token"
            request = urllib.request.Request(url, urllib.parse.urlencode(form).encode(), method="POST")
            with urllib.request.urlopen(request, context=self.context, timeout=30) as reply:
                self.tokens[resource] = json.load(reply)["access_token"]
        return self.tokens[resource]

    def send(self, method, url, resource, body, headers):
        content = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token(resource)}", "client-request-id": str(uuid.uuid4()), **headers}
        if content is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        request = urllib.request.Request(url, content, headers, method=method)
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=30) as reply:
                text = reply.read()
        except urllib.error.HTTPError as error:
            raise Refused(f"{error.code}: {error.read().decode()}") from error
        return json.loads(text) if text else None


def camel(name):
    """A parameter's name as Graph's property: the cmdlets are generated from the properties."""
    return name[0].lower() + name[1:]


def bound(command, row):
    """A command with the properties of a row in the place of `$_`."""
    fill = {name: row[camel(value.property)] if isinstance(value, powershell.It) else value
            for name, value in command.parameters.items()}
    return powershell.Command(command.name, fill)
