from __future__ import annotations

from dataclasses import replace

import httpx

from tests.api.fake_service import FakeService


async def test_the_served_model_is_listed_and_found_by_its_name(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/v1/models")).json()
    assert listed["object"] == "list"
    (model,) = listed["data"]
    assert model == (await client.get(f"/v1/models/{model['id']}")).json()
    assert (model["object"], model["max_model_len"], model["created"]) == ("model", 1024, 1_700_000_000)


async def test_a_name_with_a_slash_is_found(client: httpx.AsyncClient, service: FakeService) -> None:
    service.model = replace(service.model, name="org/model")
    assert (await client.get("/v1/models/org/model")).json()["id"] == "org/model"
    assert (await client.get("/v1/models/org%2Fmodel")).json()["id"] == "org/model"


async def test_another_name_is_404_and_not_repeated(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/models/../../etc/passwd%00")
    assert response.status_code == 404
    response = await client.get("/v1/models/secret-name")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "model_not_found"
    assert "secret-name" not in response.text
