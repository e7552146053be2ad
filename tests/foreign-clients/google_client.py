"""Google's own client for Python, as its documentation shows it: service account, domain-wide delegation, discovery."""
import datetime
import json
import os
import pathlib
import re
import unittest

import address
import patience

address.install()

from google.oauth2 import service_account
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

KEY = json.loads((pathlib.Path(os.environ["TRIPOD_SANDBOX_CREDENTIALS"]) / "google.json").read_text())
PREFIX = "https://www.googleapis.com/auth/"
DOMAIN = "juniper.example"
ADMIN = os.environ.get("TRIPOD_SANDBOX_ADMIN", f"admin@{DOMAIN}")


def client(api, version, subject, *scopes):
    key = service_account.Credentials.from_service_account_info(KEY, scopes=[PREFIX + scope for scope in scopes], subject=subject)
    return build(api, version, credentials=key)


def directory(*scopes):
    return client("admin", "directory_v1", ADMIN, *scopes)


def delegates(mailbox, *scopes):
    return client("gmail", "v1", mailbox, *scopes).users().settings().delegates()


def fresh(error):
    """What Google answers while an object is still being made."""
    return isinstance(error, HttpError) and error.resp.status in (403, 404, 409, 412)


def active_people():
    users = directory("admin.directory.user.readonly").users()
    found, request = [], users.list(customer="my_customer", maxResults=5, orderBy="email")
    while request is not None:
        page = request.execute()
        found += page["users"]
        request = users.list_next(request, page)
    return [user for user in found if not user.get("suspended") and user.get("isMailboxSetup")]


class GoogleClient(unittest.TestCase):
    def test_users_are_listed_page_by_page(self):
        people = active_people()
        self.assertGreater(len(people), 5, "that would have been one page only")
        self.assertEqual(len({person["id"] for person in people}), len(people))

    def test_a_user_is_made_and_found_again(self):
        users = directory("admin.directory.user").users()
        made = users.insert(body={
            "primaryEmail": f"foreign-client@{DOMAIN}", "password": "correct horse battery staple",
            "name": {"givenName": "Foreign", "familyName": "Client"}, "changePasswordAtNextLogin": False}).execute()
        found = patience.until(lambda: users.get(userKey=made["id"]).execute(), fresh)
        self.assertEqual(found["primaryEmail"], f"foreign-client@{DOMAIN}")
        self.assertNotIn("password", found)
        with self.assertRaises(HttpError) as again:
            users.insert(body={"primaryEmail": f"foreign-client@{DOMAIN}", "password": "correct horse battery staple",
                               "name": {"givenName": "Foreign", "familyName": "Client"}}).execute()
        self.assertEqual((again.exception.resp.status, again.exception.error_details[0]["reason"]), (409, "duplicate"))

    def test_a_delegate_comes_and_goes(self):
        mailbox, delegate = (person["primaryEmail"] for person in active_people()[:2])
        shared = delegates(mailbox, "gmail.settings.sharing", "gmail.settings.basic")
        self.assertEqual(shared.list(userId="me").execute().get("delegates", []), [])
        made = shared.create(userId="me", body={"delegateEmail": delegate}).execute()
        self.assertEqual(made, {"delegateEmail": delegate, "verificationStatus": "accepted"})
        seen = patience.until(lambda: shared.get(userId="me", delegateEmail=delegate).execute(), fresh)
        self.assertEqual(seen["delegateEmail"], delegate)
        self.assertEqual([d["delegateEmail"] for d in shared.list(userId="me").execute()["delegates"]], [delegate])
        shared.delete(userId="me", delegateEmail=delegate).execute()
        self.assertEqual(shared.list(userId="me").execute().get("delegates", []), [])

    def test_a_token_without_the_scope_is_refused(self):
        mailbox, delegate = (person["primaryEmail"] for person in active_people()[:2])
        with self.assertRaises(HttpError) as refused:
            delegates(mailbox, "gmail.settings.basic").create(userId="me", body={"delegateEmail": delegate}).execute()
        self.assertEqual(refused.exception.resp.status, 403)

    def test_a_group_gets_members(self):
        api = directory("admin.directory.group", "admin.directory.group.member")
        group, people = f"foreign-group@{DOMAIN}", [person["primaryEmail"] for person in active_people()[:3]]
        made = api.groups().insert(body={"email": group, "name": "Foreign group"}).execute()
        for person in people:
            patience.until(lambda: api.members().insert(groupKey=made["id"], body={"email": person, "role": "OWNER"}).execute(),
                           lambda error: isinstance(error, HttpError) and error.resp.status == 404)
        found, request = [], api.members().list(groupKey=group, maxResults=2)
        while request is not None:
            page = patience.until(request.execute, fresh)
            found += page["members"]
            request = api.members().list_next(request, page)
        self.assertEqual(sorted(member["email"] for member in found), sorted(people))
        settings = client("groupssettings", "v1", ADMIN, "apps.groups.settings").groups()
        changed = patience.until(lambda: settings.patch(groupUniqueId=group, body={"enableCollaborativeInbox": "true"}).execute(), fresh)
        self.assertEqual(changed["enableCollaborativeInbox"], "true")

    def test_the_usage_report_counts_licences_and_comes_late(self):
        reports = client("admin", "reports_v1", ADMIN, "admin.reports.usage.readonly").customerUsageReports()
        with self.assertRaises(HttpError) as late:
            reports.get(date="2099-01-01").execute()
        self.assertEqual((late.exception.resp.status, late.exception.error_details[0]["reason"]), (400, "invalid"))
        today = datetime.date.fromisoformat(late.exception.reason.rsplit(" ", 1)[1])
        with self.assertRaises(HttpError) as late:
            reports.get(date=today.isoformat()).execute()
        latest = datetime.date.fromisoformat(re.search(r"later than (\S+) is not yet available", late.exception.reason)[1])
        day = (latest - datetime.timedelta(days=1)).isoformat()
        counts, pages, request = {}, 0, reports.get(date=day, customerId="my_customer")
        while request is not None:
            page = request.execute()
            pages += 1
            self.assertNotIn("warnings", page)
            (report,) = page["usageReports"]
            self.assertEqual((report["date"], report["entity"]["type"]), (day, "CUSTOMER"))
            counts.update((parameter["name"], int(parameter["intValue"])) for parameter in report["parameters"])
            request = reports.get_next(request, page)
        self.assertGreater(pages, 1)
        self.assertEqual(counts["accounts:gsuite_unlimited_total_licenses"], int(os.environ["TRIPOD_SANDBOX_SEATS"]))
        # Whoever was made meanwhile by another test is in no report yet.
        self.assertEqual(counts["accounts:gsuite_unlimited_used_licenses"], counts["accounts:num_users"])
        with self.assertRaises(HttpError) as refused:
            client("admin", "reports_v1", ADMIN, "admin.reports.audit.readonly").customerUsageReports().get(date=day).execute()
        self.assertEqual(refused.exception.resp.status, 403)

    def test_somebody_unknown_is_not_found(self):
        with self.assertRaises(HttpError) as missing:
            directory("admin.directory.user.readonly").users().get(userKey=f"nobody@{DOMAIN}").execute()
        self.assertEqual((missing.exception.resp.status, missing.exception.error_details[0]["reason"]), (404, "notFound"))
