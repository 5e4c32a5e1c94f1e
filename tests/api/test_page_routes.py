from __future__ import annotations

import re

import httpx
import pytest

from app.api.page_routes import WEB_FOLDER

FILES = sorted(WEB_FOLDER.glob("*.*"))


@pytest.mark.parametrize("path", ["/", "/docs", "/web/page.css", "/web/page.js", "/web/docs.js"])
async def test_pages_come_with_a_strict_content_policy(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path)
    assert response.status_code == 200
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("page", ["/", "/docs"])
async def test_whatever_a_page_loads_is_served_here(client: httpx.AsyncClient, page: str) -> None:
    text = (await client.get(page)).text
    linked = re.findall(r'(?:src|href)="(/[^"]*)"', text)
    assert len(linked) >= 4
    for path in linked:
        assert (await client.get(path)).status_code == 200, path


@pytest.mark.parametrize("name", [file.name for file in FILES if file.suffix in {".html", ".css", ".js"}])
def test_nothing_is_loaded_from_elsewhere_or_against_the_policy(name: str) -> None:
    text = (WEB_FOLDER / name).read_text()
    assert not re.search(r"https?://", text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|\beval\b|document\.write", text)
    assert not re.search(r"\sstyle=|\son[a-z]+=", text)


@pytest.mark.parametrize("script", ["page", "docs"])
def test_scripts_only_look_for_elements_that_their_page_has(script: str) -> None:
    page = {"page": "index.html", "docs": "docs.html"}[script]
    html = (WEB_FOLDER / page).read_text()
    code = (WEB_FOLDER / f"{script}.js").read_text()
    wanted = set(re.findall(r'(?:\$|getElementById)\("([\w-]+)"\)', code))
    assert wanted
    assert wanted <= set(re.findall(r'id="([\w-]+)"', html))
