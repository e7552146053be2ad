"""The manifests that runbooks are made of: names that try to break out of a command, and every sort of step."""
import json

DOMAINS = ["juniper.example", "northwind.example"]
KINDS = {"box": "shared-mailbox", "group": "group-inbox"}
HOSTILE = "O'Neil\u2019s \"$(x)`y`\" <b>; Remove-Mailbox 'a' | % { $_ } #"
# Google's guidelines refuse angle brackets and the equals sign in the names of accounts and groups.
REFUSED_BY_GOOGLE = str.maketrans("", "", "<>=")
# Each of them as a name and as a purpose. What the manifest's reader refuses is not here.
NAMES = [
    HOSTILE,
    "$(touch /tmp/x) `touch /tmp/x` ${HOME} $HOME",
    "'; Remove-Mailbox -Identity 'all' -Confirm:$false; '",
    "\u2018; Remove-Mailbox \u2019 \u201a \u201b \u201c \u201d \u201e",
    "--% & del /q *",
    "-Confirm:$false",
    "@('a','b') @{a=1} @\" \"@",
    "\\n \\r \\t \\\\ \\' \\\"",
    "a, b; c && d || e > f < g",
    "!! !$ ~root *?[a-z] {1..3}",
    "Zo\u00eb \u4e2d\u6587 \U0001f4e7",
    "firstname x password y",
    "%PATH% ^& |",
]


def named(domain):
    """The hostile name as far as the domain's provider takes it."""
    return HOSTILE.translate(REFUSED_BY_GOOGLE) if domain == DOMAINS[0] else HOSTILE


def mailbox(address, kind, name, delegates, **more):
    domain = address.split("@")[1]
    return {"address": address, "name": name, "purpose": f"Purpose of {name}", "kind": kind,
            "apps": ["Acme"], "delegates": [f"{who}@{domain}" for who in delegates], **more}


def manifest(mailboxes):
    """JSON is YAML too."""
    return json.dumps(mailboxes, indent=1)


def every_name():
    """New mailboxes of both kinds at both providers, one for each hostile name."""
    return manifest([mailbox(f"{short}{number}@{domain}", kind, name, ["ana.silva", "bob", "cy.o'neil"])
                     for number, name in enumerate(NAMES) for domain in DOMAINS for short, kind in KINDS.items()])


def first():
    """A new mailbox of each kind at each provider, and one that is to be retired later."""
    return manifest([mailbox(f"new-{short}@{domain}", kind, named(domain), ["ana.silva", "bob", "cy.o'neil", "dee+1"])
                     for domain in DOMAINS for short, kind in KINDS.items()]
                    + [mailbox(f"old-{short}@{domain}", kind, "Old", ["ana.silva", "bob", "eva_k"])
                       for domain in DOMAINS for short, kind in KINDS.items()])


def second():
    """The same with other names, one person in another's place, one mailbox taken over and one retired."""
    return manifest([mailbox(f"new-{short}@{domain}", kind, f"New {named(domain)}", ["ana.silva", "bob", "dee+1", "eva_k"])
                     for domain in DOMAINS for short, kind in KINDS.items()]
                    + [mailbox(f"old-{short}@{domain}", kind, "Old", ["ana.silva", "bob", "eva_k"],
                               **{"state": "retired", "retired-on": "2026-11-20"})
                       for domain in DOMAINS for short, kind in KINDS.items()]
                    + [mailbox(f"info@{domain}", "shared-mailbox", "Information", ["ana.silva", "bob", "fay"], adopt=True)
                       for domain in DOMAINS])
