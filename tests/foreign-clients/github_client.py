"""A client of GitHub's that is generated from GitHub's published description of its API, in the version that Tripod asks
for. It refuses a reply that lacks something which the description requires, or has it in another form.
"""
import functools
import unittest

import address

address.install()

from githubkit import GitHub
from githubkit.exception import RequestFailed

VERSION = "2022-11-28"
OWNER, NAME = "foreign", "requests"


@functools.cache
def client(token):
    """Kept, because what the client hands out does not live longer than itself."""
    return GitHub(token, auto_retry=False)


def of(login):
    """The API as somebody sees it who signs in with the stand-in's token of that name."""
    return client(f"sandbox-{login}").rest(VERSION)


class GitHubClient(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # The reply describes a whole repository, which the stand-in does not have; only issues are read from here on.
        of(OWNER).repos.create_for_authenticated_user(name=NAME)

    def opened(self, by, title):
        return of(by).issues.create(OWNER, NAME, title=title, body="### Mailbox address\n\nbackups@northwind.example").parsed_data

    def test_whoever_signs_in_is_told_who_they_are(self):
        self.assertEqual(of("marta").users.get_authenticated().parsed_data.login, "marta")

    def test_issues_are_listed_page_by_page_and_filtered_by_label(self):
        titles = [f"request {number}" for number in range(5)]
        for title in titles:
            issue = self.opened("marta", title)
            of(OWNER).issues.add_labels(OWNER, NAME, issue.number, labels=["listed"])
        listed = client(f"sandbox-{OWNER}").rest.paginate(of(OWNER).issues.list_for_repo, owner=OWNER, repo=NAME, labels="listed",
                                      sort="created", direction="asc", per_page=2)
        self.assertEqual([issue.title for issue in listed], titles)

    def test_comments_are_written_edited_and_read_again(self):
        issue = self.opened("jonas", "comments")
        for text in ("first", "second", "third"):
            of("sofia").issues.create_comment(OWNER, NAME, issue.number, body=text).parsed_data
        page = of("sofia").issues.list_comments(OWNER, NAME, issue.number, per_page=2).parsed_data
        self.assertEqual([comment.body for comment in page], ["first", "second"])
        edited = of("sofia").issues.update_comment(OWNER, NAME, page[1].id, body="second, corrected").parsed_data
        self.assertEqual((edited.body, edited.user.login), ("second, corrected", "sofia"))
        again = of("jonas").issues.get_comment(OWNER, NAME, edited.id).parsed_data
        self.assertEqual(again.body, "second, corrected")
        self.assertEqual(of("jonas").issues.get(OWNER, NAME, issue.number).parsed_data.comments, 3)

    def test_an_issue_is_closed_by_whoever_may_write_and_by_nobody_else(self):
        issue = self.opened("marta", "closing")
        with self.assertRaises(RequestFailed) as refused:
            of("jonas").issues.update(OWNER, NAME, issue.number, state="closed")
        self.assertEqual(refused.exception.response.status_code, 403)
        closed = of(OWNER).issues.update(OWNER, NAME, issue.number, state="closed", state_reason="completed").parsed_data
        self.assertEqual((closed.state, closed.state_reason), ("closed", "completed"))
        self.assertIsNotNone(closed.closed_at)

    def test_what_is_not_there_is_not_found(self):
        with self.assertRaises(RequestFailed) as missing:
            of("marta").issues.get(OWNER, NAME, 4711)
        self.assertEqual(missing.exception.response.status_code, 404)

    def test_a_wrong_token_is_refused(self):
        with self.assertRaises(RequestFailed) as refused:
            client("nobody").rest(VERSION).users.get_authenticated()
        self.assertEqual(refused.exception.response.status_code, 401)


if __name__ == "__main__":
    unittest.main()
