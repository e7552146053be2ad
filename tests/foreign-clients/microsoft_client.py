"""Microsoft's own Graph client for Python with Microsoft's own sign-in library, as their documentation shows them."""
import json
import logging
import os
import pathlib
import unittest

import address
import patience

address.install()

from azure.core.exceptions import ClientAuthenticationError
from azure.identity.aio import ClientSecretCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphServiceClient
from msgraph.generated.models.group import Group
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.reference_create import ReferenceCreate
from msgraph.generated.models.user import User
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph_core.tasks.page_iterator import PageIterator

SIGN_IN = json.loads((pathlib.Path(os.environ["TRIPOD_SANDBOX_CREDENTIALS"]) / "microsoft.json").read_text())
# The slowness of importing thousands of models, and refusals that a test provokes, are no news.
for noisy in ("asyncio", "azure.identity"):
    logging.getLogger(noisy).setLevel(logging.CRITICAL)
PROPERTIES = ["id", "displayName", "userPrincipalName", "accountEnabled"]


def missing(error):
    return isinstance(error, ODataError) and error.response_status_code == 404


class MicrosoftClient(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.credential = ClientSecretCredential(SIGN_IN["tenant-id"], SIGN_IN["client-id"], SIGN_IN["client-secret"])
        self.client = GraphServiceClient(self.credential, scopes=["https://graph.microsoft.com/.default"])

    async def asyncTearDown(self):
        await self.credential.close()

    async def people(self):
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(select=PROPERTIES, top=5)
        page = await self.client.users.get(request_configuration=RequestConfiguration(query_parameters=query))
        self.assertLessEqual(len(page.value), 5)
        found = []
        iterator = PageIterator(page, self.client.request_adapter)
        await iterator.iterate(lambda user: found.append(user) or True)
        return found

    async def enabled(self, user_id):
        query = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(select=PROPERTIES)
        user = await self.client.users.by_user_id(user_id).get(request_configuration=RequestConfiguration(query_parameters=query))
        return user.account_enabled

    async def test_users_are_listed_page_by_page(self):
        people = await self.people()
        self.assertGreater(len(people), 5, "that would have been one page only")
        self.assertEqual(len({person.id for person in people}), len(people))

    async def test_a_user_is_found_by_id_and_by_name(self):
        person = (await self.people())[0]
        for key in (person.id, person.user_principal_name):
            found = await self.client.users.by_user_id(key).get()
            self.assertEqual(found.id, person.id)

    async def test_an_account_is_disabled_and_enabled_again(self):
        person = next(person for person in await self.people() if person.account_enabled)
        for state in (False, True):
            await self.client.users.by_user_id(person.id).patch(User(account_enabled=state))
            self.assertEqual(await self.enabled(person.id), state)

    async def test_a_group_gets_a_member(self):
        person = next(person for person in await self.people() if person.account_enabled)
        group = await self.client.groups.post(Group(
            display_name="Foreign group", mail_enabled=True, mail_nickname="foreign-group", security_enabled=False, group_types=["Unified"]))
        members = self.client.groups.by_group_id(group.id).members
        reference = ReferenceCreate(odata_id=f"https://graph.microsoft.com/v1.0/directoryObjects/{person.id}")
        await self.later(lambda: members.ref.post(reference))
        found = await self.later(members.get)
        self.assertEqual([member.id for member in found.value], [person.id])
        listed = await self.client.groups.get()
        self.assertIn(group.id, [other.id for other in listed.value])

    async def later(self, attempt):
        """A group that was just made is not known everywhere at once."""
        return await patience.until_async(attempt, missing)

    async def test_somebody_unknown_is_not_found(self):
        with self.assertRaises(ODataError) as unknown:
            await self.client.users.by_user_id("nobody@northwind.example").get()
        self.assertEqual(unknown.exception.response_status_code, 404)
        self.assertEqual(unknown.exception.error.code, "Request_ResourceNotFound")

    async def test_a_wrong_secret_is_refused(self):
        async with ClientSecretCredential(SIGN_IN["tenant-id"], SIGN_IN["client-id"], "not the secret") as wrong:
            with self.assertRaises(ClientAuthenticationError) as refused:
                await wrong.get_token("https://graph.microsoft.com/.default")
        self.assertIn("AADSTS7000215", str(refused.exception))
